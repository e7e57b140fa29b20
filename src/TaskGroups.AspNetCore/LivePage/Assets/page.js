// The page: keeps what was chosen, and hands every snapshot to the list and the detail pane.

import { showDetail } from './detail.js';
import { count, duration } from './format.js';
import { List } from './list.js';
import { historyRows, liveRows } from './model.js';
import { load, watch } from './source.js';

const HistoryEveryMs = 2000;
const NiceSpansMs = [2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800].map(seconds => seconds * 1000);
const byId = id => document.getElementById(id);
const list = new List(byId('list'));
const filter = { text: '', state: '', kind: '', sort: 'oldest' };
const closed = new Set();  // groups of the live view that are closed
const opened = new Set();  // groups of the history that are open

let view = 'live';
let isPaused = false;
let snapshot = null;
let receivedAt = 0;
let history = null;
let shown = { rows: [], nodes: new Map(), total: 0 };
let drainFrom = null;

function now() {
  return snapshot === null ? 0 : Date.parse(snapshot.takenAt) + (isPaused ? 0 : performance.now() - receivedAt);
}

function axis() {
  const to = now();
  const chosen = Number(byId('span').value);
  // Groups that live as long as the application would make everything else a dot.
  const oldest = shown.rows.reduce((least, row) => row.kind === 'background' ? least : Math.min(least, row.start), to);
  const span = chosen || (NiceSpansMs.find(nice => nice >= to - oldest) ?? to - oldest);
  return { from: to - span, to, span };
}

function render() {
  if (view === 'live' && snapshot !== null) {
    shown = liveRows(snapshot, filter, closed);
    if (snapshot.truncated) {
      notice('There is more than the page shows: the snapshot was cut at its limit of entries.');
    }
  } else if (view === 'history' && history !== null) {
    shown = historyRows(history, filter, opened);
  } else {
    shown = { rows: [], nodes: new Map(), total: 0 };
  }

  const span = axis();
  drawAxis(span);
  list.show(shown.rows, span, now());
  const empty = byId('empty');
  empty.hidden = shown.rows.length > 0;
  empty.textContent = shown.total > 0 ? 'Nothing matches the filter.'
    : view === 'live' ? 'Nothing runs now.' : 'No group has ended yet.';
  showDetail(byId('detail'), shown.nodes.get(list.selected), shown.nodes, now());
}

function drawAxis({ span }) {
  const marks = view === 'live' ? [1, .5, 0].map(part => part === 0 ? 'now' : `−${duration(span * part)}`) : ['start', 'end'];
  const line = byId('axis');
  if (line.dataset.marks === marks.join()) {
    return;
  }
  line.dataset.marks = marks.join();
  line.replaceChildren(...marks.map((text, at) => {
    const mark = Object.assign(document.createElement('span'), { textContent: text });
    mark.style.left = `${at / (marks.length - 1) * 100}%`;
    return mark;
  }));
}

function showProcess() {
  const { process, groups, children, queues } = snapshot;
  const badge = byId('state');
  badge.textContent = process.state;
  badge.className = `badge ${process.state}`;
  byId('process').textContent = process.name;
  document.title = `${process.name} - TaskGroups`;
  const waiting = groups.reduce((sum, group) => sum + group.waiting, 0);
  const running = groups.reduce((sum, group) => sum + group.running, 0);
  byId('totals').textContent =
    `${count(groups.length, 'group')}, ${count(running, 'child', 'children')} running, ${waiting.toLocaleString('en-US')} waiting`;

  const isDraining = process.state === 'draining';
  byId('drain').hidden = !isDraining;
  if (isDraining) {
    const left = groups.filter(group => group.parentId === null).length + children.length;
    drainFrom = Math.max(drainFrom ?? 1, left);
    byId('drain-progress').value = 1 - left / drainFrom;
    byId('drain-text').textContent = `The application is draining: ${count(running, 'child', 'children')} running and ` +
      `${waiting.toLocaleString('en-US')} waiting of ${drainFrom.toLocaleString('en-US')} entries at its start.`;
  } else {
    drainFrom = null;
  }

  const panel = byId('queues');
  panel.hidden = queues.length === 0;
  if (queues.length > 0) {
    const table = document.createElement('table');
    const line = (cells, name) => {
      const row = table.insertRow();
      for (const text of cells) {
        row.append(Object.assign(document.createElement(name), { textContent: text }));
      }
    };
    line(['Job', 'Waiting', 'Oldest'], 'th');
    for (const queue of queues) {
      line([queue.job, queue.waiting.toLocaleString('en-US'), duration(queue.oldestAgeMs)], 'td');
    }
    panel.replaceChildren(table);
  }
}

function notice(text) {
  const element = byId('notice');
  element.hidden = text === '';
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function setView(next) {
  view = next;
  byId('view-live').setAttribute('aria-pressed', view === 'live');
  byId('view-history').setAttribute('aria-pressed', view === 'history');
  byId('span-label').hidden = view !== 'live';
  for (const option of byId('state-filter').options) {
    option.hidden = option.disabled = (option.dataset.view ?? view) !== view;
  }
  byId('state-filter').value = filter.state = '';
  byId('sort').value = filter.sort = view === 'live' ? 'oldest' : 'newest';
  list.selected = null;
  byId('list').scrollTop = 0;
  render();
  if (view === 'history') {
    loadHistory();
  }
}

async function loadHistory() {
  try {
    history = await load('history');
    if (view === 'history' && !isPaused) {
      render();
    }
  } catch {
    // The next snapshot, or its absence, tells whether the server is there.
  }
}

function setPaused(paused) {
  isPaused = paused;
  byId('pause').setAttribute('aria-pressed', isPaused);
  byId('pause').textContent = isPaused ? 'Continue' : 'Pause';
  if (!isPaused && snapshot !== null) {
    render();
  }
}

function setTheme(theme) {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
  byId('theme').textContent = `Theme: ${theme}`;
  try {
    localStorage.setItem('taskgroups-theme', theme);
  } catch {
    // A browser that stores nothing forgets the choice with the page.
  }
}

function nextTheme() {
  const themes = ['system', 'light', 'dark'];
  setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme ?? 'system') + 1) % themes.length]);
}

function toggleHelp() {
  byId('keys').hidden = !byId('keys').hidden;
  byId('help').setAttribute('aria-expanded', !byId('keys').hidden);
}

list.onSelect = row => showDetail(byId('detail'), row, shown.nodes, now());
list.onToggle = (row, close) => {
  const [set, isIn] = view === 'live' ? [closed, close] : [opened, !close];
  if (isIn) {
    set.add(row.key);
  } else {
    set.delete(row.key);
  }
  render();
};

byId('filters').addEventListener('submit', event => event.preventDefault());
byId('filters').addEventListener('input', () => {
  Object.assign(filter, {
    text: byId('text').value, state: byId('state-filter').value, kind: byId('kind-filter').value, sort: byId('sort').value,
  });
  render();
});
byId('view-live').addEventListener('click', () => setView('live'));
byId('view-history').addEventListener('click', () => setView('history'));
byId('pause').addEventListener('click', () => setPaused(!isPaused));
byId('theme').addEventListener('click', nextTheme);
byId('help').addEventListener('click', toggleHelp);

document.addEventListener('keydown', event => {
  const isTyping = event.target.matches('input, select, textarea');
  if (event.ctrlKey || event.altKey || event.metaKey || (isTyping && event.key !== 'Escape')) {
    return;
  }
  switch (event.key) {
    case '/': byId('text').focus(); break;
    case 'l': setView('live'); byId('list').focus(); break;
    case 'h': setView('history'); byId('list').focus(); break;
    case 'p': setPaused(!isPaused); break;
    case 't': nextTheme(); break;
    case '?': toggleHelp(); break;
    case 'Escape':
      if (filter.text !== '') {
        byId('text').value = filter.text = '';
        render();
      } else {
        list.select(null);
      }
      byId('list').focus();
      break;
    default: return;
  }
  event.preventDefault();
});

watch(
  next => {
    if (isPaused) {
      return;
    }
    snapshot = next;
    receivedAt = performance.now();
    closed.forEach(key => next.groups.some(group => `g${group.id}` === key) || closed.delete(key));
    showProcess();
    if (view === 'live') {
      render();
    }
  },
  state => {
    if (state === 'lost') {
      byId('state').textContent = 'no connection';
      byId('state').className = 'badge lost';
    }
    notice(state === 'live' ? '' : state === 'polling'
      ? 'The page asks the server now and then: its stream of events is not available.'
      : 'The server does not answer. What is shown is the last that was known.');
  });

setInterval(() => view === 'history' && !isPaused && loadHistory(), HistoryEveryMs);

// Between snapshots time goes on: the bars grow. Slower where the reader wants less motion.
const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
let lastMove = 0;
function move(at) {
  if (!isPaused && view === 'live' && snapshot !== null && at - lastMove >= (isCalm ? 1000 : 50)) {
    lastMove = at;
    list.move(axis(), now());
  }
  requestAnimationFrame(move);
}

let theme = 'system';
try {
  theme = localStorage.getItem('taskgroups-theme') ?? theme;
} catch {
  // A browser that stores nothing has the system's theme.
}
setTheme(['system', 'light', 'dark'].includes(theme) ? theme : 'system');
setView('live');
requestAnimationFrame(move);
