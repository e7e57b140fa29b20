// The page: keeps what was chosen, and hands every snapshot to its parts.

import { Detail } from './detail.js';
import { duration } from './format.js';
import { Glance, longest, wrong } from './glance.js';
import { List } from './list.js';
import { historyRows, liveRows, Starts } from './model.js';
import { badge, lastWord, ProcessPanel } from './process.js';
import { load, watch } from './source.js';
import { Theme } from './theme.js';

const HistoryEveryMs = 2000;
const NiceSpansMs = [1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600, 7200, 21_600, 43_200, 86_400, 259_200, 604_800]
  .map(seconds => seconds * 1000);
const NoFilter = { text: '', state: '', kind: '' };

const byId = id => document.getElementById(id);
const list = new List(byId('list'));
const detail = new Detail(byId('detail'));
const running = new Glance(byId('running'));
const failing = new Glance(byId('failing'));
const processPanel = new ProcessPanel();
const theme = new Theme(byId('theme'));
const filter = { ...NoFilter, sort: 'oldest' };
const starts = new Starts();
const flipped = { live: new Set(), history: new Set() }; // rows that the reader has opened or closed

let view = 'live';
let isPaused = false;
let isLost = false; // the server does not answer: nothing moves
let snapshot = null;
let receivedAt = 0;
let history = null;
let shown = { rows: [], nodes: new Map(), total: 0 };
let lastSelected = null;

function now() {
  return snapshot === null ? Date.now() : Date.parse(snapshot.takenAt) + (isPaused || isLost ? 0 : performance.now() - receivedAt);
}

function axis() {
  const to = now();
  const chosen = Number(byId('span').value);
  // What lives as long as the application would make everything else a dot; its bars begin at the left edge.
  const oldestOf = rows => rows.reduce((least, row) => Math.min(least, row.start), to);
  const requests = shown.rows.filter(row => row.root?.kind !== 'background');
  const children = requests.length > 0 ? requests : shown.rows.filter(row => row.kind !== 'background');
  const span = chosen || (NiceSpansMs.find(nice => nice >= to - oldestOf(children)) ?? to - oldestOf(children));
  return { from: to - span, to, span };
}

function render() {
  const at = now();
  const live = snapshot === null ? null : liveRows(snapshot, view === 'live' ? filter : { ...NoFilter, sort: 'oldest' }, flipped.live);
  shown = (view === 'live' ? live : history && historyRows(history, filter, flipped.history)) ?? { rows: [], nodes: new Map(), total: 0 };
  if (live) {
    running.show(longest(live.nodes, at), 'Nothing runs now.');
  }
  if (history !== null) {
    failing.show(wrong(history, at), 'Nothing has failed or run out of time lately.');
  }

  const span = axis();
  drawAxis(span);
  list.show(shown.rows, span, at);
  const empty = byId('empty');
  empty.hidden = shown.rows.length > 0;
  empty.textContent = (view === 'live' ? snapshot : history) === null ? 'Waiting for the first answer.'
    : shown.total > 0 ? 'Nothing matches the filter.'
    : view === 'live' ? 'Nothing runs now.' : 'No group has ended yet.';
  showSelected();
}

function showSelected() {
  const row = shown.nodes.get(list.selected);
  if (row) {
    lastSelected = { row, nodes: shown.nodes };
  } else if (list.selected !== lastSelected?.row.key) {
    lastSelected = null;
  }
  const hadFocus = detail.hasFocus;
  detail.show(lastSelected?.row, lastSelected?.nodes, now(), row === undefined);
  if (hadFocus && lastSelected === null) {
    byId('list').focus();
  }
}

function drawAxis({ span }) {
  const marks = view === 'live' ? [1, .5, 0].map(part => part === 0 ? 'now' : `−${duration(span * part)}`) : ['start', 'end'];
  const line = byId('axis');
  if (line.dataset.marks === marks.join()) {
    return;
  }
  line.dataset.marks = marks.join();
  line.replaceChildren(...marks.map(text => Object.assign(document.createElement('span'), { textContent: text })));
}

function notice(text) {
  const element = byId('notice');
  element.hidden = text === '';
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function setFilter(next) {
  Object.assign(filter, next);
  byId('text').value = filter.text;
  byId('state-filter').value = filter.state;
  byId('kind-filter').value = filter.kind;
  byId('sort').value = filter.sort;
}

function setView(next) {
  view = next;
  byId('view-live').setAttribute('aria-pressed', view === 'live');
  byId('view-history').setAttribute('aria-pressed', view === 'history');
  byId('span-label').hidden = view !== 'live';
  byId('age').textContent = view === 'live' ? 'Age' : 'Took';
  for (const option of byId('state-filter').options) {
    option.hidden = option.disabled = (option.dataset.view ?? view) !== view;
  }
  setFilter({ state: '', sort: view === 'live' ? 'oldest' : 'newest' });
  list.selected = null;
  byId('list').scrollTop = 0;
  render();
  if (!isPaused) {
    loadHistory();
  }
}

/** Shows a row, wherever the reader is: the view, the filter and what is closed give way. */
function goTo(key, nextView) {
  if (view !== nextView) {
    setView(nextView);
  }
  if (!shown.rows.some(row => row.key === key)) {
    setFilter(NoFilter);
    render();
  }
  for (let row = shown.nodes.get(shown.nodes.get(key)?.parent); row; row = shown.nodes.get(row.parent)) {
    if (row.isClosed) {
      flip(row);
    }
  }
  render();
  list.reveal(key);
  byId('list').focus();
}

function flip(row) {
  if (!flipped[view].delete(row.key)) {
    flipped[view].add(row.key);
  }
}

/** Another process gives its groups the same numbers. */
function forget() {
  history = null;
  lastSelected = null;
  list.selected = null;
  flipped.live.clear();
  flipped.history.clear();
}

async function loadHistory() {
  try {
    const next = await load('history');
    if (!isPaused) {
      history = next;
      const known = new Set(history.groups.map(group => `h${group.id}`));
      flipped.history.forEach(key => known.has(key) || flipped.history.delete(key));
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
  if (!isPaused) {
    loadHistory();
  }
  render();
}

function toggleHelp() {
  byId('keys').hidden = !byId('keys').hidden;
  byId('help').setAttribute('aria-expanded', !byId('keys').hidden);
}

function escape() {
  if (document.activeElement === byId('text') && filter.text !== '') {
    setFilter({ text: '' });
    render();
  } else if (list.selected !== null) {
    list.select(null);
  } else if (filter.text !== '') {
    setFilter({ text: '' });
    render();
  }
  byId('list').focus();
}

list.onSelect = showSelected;
list.onToggle = row => {
  flip(row);
  render();
};
list.onEnter = () => detail.focus();
detail.onSelect = key => goTo(key, view);
detail.onClose = () => {
  list.select(null);
  byId('list').focus();
};
running.onSelect = key => goTo(key, 'live');
failing.onSelect = key => goTo(key, 'history');

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
    case 't': theme.next(); break;
    case '?': toggleHelp(); break;
    case 'Escape': escape(); break;
    default: return;
  }
  event.preventDefault();
});

watch(
  next => {
    if (isPaused) {
      return;
    }
    if (snapshot !== null && snapshot.process.startedAt !== next.process.startedAt) {
      forget();
    }
    starts.keep(next);
    snapshot = next;
    receivedAt = performance.now();
    const known = new Set(next.groups.map(group => `g${group.id}`));
    flipped.live.forEach(key => known.has(key) || flipped.live.delete(key));
    processPanel.show(next);
    render();
  },
  (state, why, last) => {
    isLost = state === 'lost' || state === 'stopped';
    if (isLost) {
      badge(state === 'lost' ? 'no connection' : 'stopped', 'lost');
    }
    switch (state) {
      case 'polling': notice('The page asks the server now and then: its stream of events is not available.'); break;
      case 'stopped': notice(lastWord(last)); break;
      case 'lost': notice(`${why} What is shown is the last that was known.`); break;
      default: notice('');
    }
  });

setInterval(() => isPaused || document.hidden || loadHistory(), HistoryEveryMs);

// Between snapshots time goes on: the bars grow. Slower where the reader wants less motion.
const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
function move() {
  if (!isPaused && view === 'live' && snapshot !== null) {
    const span = axis();
    drawAxis(span);
    list.move(span, now());
  }
  // Twenty frames a second are enough: to be asked in each one keeps the browser busy.
  setTimeout(() => requestAnimationFrame(move), isCalm ? 1000 : 50);
}

setView('live');
requestAnimationFrame(move);
