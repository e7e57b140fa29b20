// Shows everything that is known of one row: the path to it, its state, and what canceled it.

import { clock, count, duration, reason } from './format.js';
import { pathOf } from './model.js';

export function showDetail(element, row, nodes, now) {
  const focus = element.contains(document.activeElement);
  element.replaceChildren();
  if (!row) {
    add(element, 'p', 'Select a row to see where it belongs, its state, and what canceled it.');
    return;
  }

  add(element, 'h2', row.name);
  const why = whyOf(row, nodes);
  if (why) {
    add(element, 'p', why).className = 'why';
  }

  const facts = add(element, 'dl');
  const fact = (name, value) => {
    if (value !== '' && value !== null && value !== undefined) {
      add(facts, 'dt', name);
      add(facts, 'dd', value);
    }
  };
  fact('Is', row.type === 'group' ? `a group (${row.kind})` : 'a child');
  fact('State', row.outcome ?? (row.isStraggling ? 'straggling' : row.state));
  fact('Started', clock(row.startedAt));
  fact(row.outcome ? 'Took' : row.state === 'waiting' ? 'Waits for' : 'Age', duration((row.end ?? now) - row.start));
  fact('Time left', row.remainingMs === null ? '' : duration(row.remainingMs) + (row.limitSetBy ? ` (the ${row.limitSetBy}'s deadline)` : ''));
  fact('Canceled by', row.reason ? reason(row.reason, row.limitSetBy) : '');
  fact('Since its cancellation', row.canceledAt === null ? '' : duration((row.end ?? now) - row.canceledAt));
  fact('Failure', row.failureType);
  fact('Failed child', row.canceledBy);
  if (row.type === 'group' && !row.outcome) {
    fact('Children', `${count(row.running, 'running', 'running')}, ${row.waiting.toLocaleString('en-US')} waiting`);
  }

  const path = pathOf(row, nodes);
  if (path.length > 1) {
    add(element, 'h2', 'Path');
    const list = add(element, 'ol');
    for (const step of path) {
      add(list, 'li', `${step.name}${step.reason ? ` (canceled by ${reason(step.reason, step.limitSetBy)})` : ''}`);
    }
  }
  if (focus) {
    element.focus();
  }
}

function whyOf(row, nodes) {
  const group = row.type === 'group' ? row : nodes.get(row.parent);
  if (row.type === 'child' && row.outcome === 'failed') {
    return `This child failed with ${row.failureType ?? 'an exception'}${group?.canceledBy === row.name ? ', and that canceled its group.' : '.'}`;
  }
  if (row.type === 'child' && row.outcome === 'canceled' && group?.canceledBy) {
    const after = row.canceledAt === null ? '' : ` It ended ${duration(row.end - Math.max(row.start, row.canceledAt))} after that.`;
    return `Canceled because '${group.canceledBy}' failed with ${group.failureType ?? 'an exception'}.${after}`;
  }
  if (row.canceledBy) {
    return `'${row.canceledBy}' failed with ${row.failureType ?? 'an exception'}, which canceled the others.`;
  }
  if (row.failureType) {
    return `Failed with ${row.failureType}.`;
  }
  if (row.state === 'waiting') {
    return 'Waits for a slot: the limit of its group is reached.';
  }
  if (row.isStraggling) {
    return 'Still runs although its group was canceled: it ignores its token, or cleans up for long.';
  }
  const canceled = group?.reason ? reason(group.reason, group.limitSetBy) : '';
  return canceled ? `Canceled by ${canceled}.` : '';
}

function add(parent, name, text = '') {
  const element = document.createElement(name);
  element.textContent = text; // names come from code and from requests: always text, never markup
  parent.append(element);
  return element;
}
