// What the page shows of the process as a whole: its state and counts, the progress of a drain, the queues of jobs.

import { count, duration } from './format.js';

const byId = id => document.getElementById(id);

export class ProcessPanel {
  #atDrain = null; // what there was when the drain was first seen

  show({ process, groups, children, queues, truncated }) {
    const running = groups.reduce((sum, group) => sum + group.running, 0);
    const waiting = groups.reduce((sum, group) => sum + group.waiting, 0);
    const straggling = children.filter(child => child.state === 'ending' && child.sinceCancellationMs >= 5000).length;
    byId('process').textContent = process.name;
    document.title = `${process.name} - TaskGroups`;
    badge(process.state, process.state);
    byId('totals').textContent = [
      count(groups.length, 'group'), `${count(running, 'child', 'children')} running`, `${waiting.toLocaleString('en-US')} waiting`,
      ...(straggling > 0 ? [`${straggling.toLocaleString('en-US')} straggling`] : []),
      ...(truncated ? ['more than the page shows'] : []),
    ].join(', ');
    this.#showDrain(process.state === 'draining', groups, waiting + running);
    showQueues(queues);
  }

  #showDrain(isDraining, groups, children) {
    byId('drain').hidden = !isDraining;
    if (!isDraining) {
      this.#atDrain = null;
      return;
    }

    const requests = groups.filter(group => group.parentId === null && group.kind !== 'background' && group.state !== 'completed').length;
    this.#atDrain = {
      requests: Math.max(this.#atDrain?.requests ?? 0, requests), children: Math.max(this.#atDrain?.children ?? 0, children),
    };
    const all = this.#atDrain.requests + this.#atDrain.children;
    byId('drain-progress').value = all === 0 ? 1 : 1 - (requests + children) / all;
    byId('drain-text').textContent = `The application is stopping: ${requests.toLocaleString('en-US')} of ` +
      `${count(this.#atDrain.requests, 'request or connection', 'requests and connections')} and ${children.toLocaleString('en-US')} of ` +
      `${count(this.#atDrain.children, 'child', 'children')} are left.`;
    const background = leftInBackground(groups);
    byId('drain-background').textContent = background.length === 0 ? 'No background work is left.'
      : `Once the requests are over, background work is drained: ${background.join('; ')}.`;
  }
}

/** What the last snapshot of a process that has ceased to answer says. */
export function lastWord({ groups }) {
  const background = leftInBackground(groups);
  return 'The application is stopping and answers no more. '
    + (background.length === 0 ? 'No background work was left.'
      : `Left in background groups: ${background.join('; ')}. The log has the rest.`);
}

/** Says of each background group with work how much is left, and what time the drain gives it. */
function leftInBackground(groups) {
  const roots = new Map();
  for (const group of groups) { // a group comes before those in it
    const root = roots.get(group.parentId)?.group ?? group;
    const busy = roots.get(root.id) ?? { group: root, left: 0 };
    busy.left += group.running + group.waiting;
    roots.set(root.id, busy);
    roots.set(group.id, busy);
  }
  return [...new Set(roots.values())].filter(({ group, left }) => group.drainTimeoutMs !== undefined && left > 0).map(({ group, left }) =>
    `${count(left, 'child', 'children')} in '${group.name}' (${duration(group.drainTimeoutMs)} to finish, then `
      + `${duration(group.cancelTimeoutMs)} to end once canceled)`);
}

export function badge(text, className) {
  const element = byId('state');
  if (element.textContent !== text) {
    element.textContent = text;
    element.className = `badge ${className}`;
  }
}

function showQueues(queues) {
  const panel = byId('queues');
  panel.hidden = queues.length === 0;
  const lines = queues.map(queue =>
    [queue.job, queue.waiting.toLocaleString('en-US'), queue.oldestAgeMs === null ? 'none waits' : duration(queue.oldestAgeMs)]);
  byId('queue-rows').replaceChildren(...lines.map(cells => {
    const row = document.createElement('tr');
    row.append(...cells.map((text, at) => {
      const cell = document.createElement(at === 0 ? 'th' : 'td');
      if (at === 0) {
        cell.scope = 'row';
      }
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
}
