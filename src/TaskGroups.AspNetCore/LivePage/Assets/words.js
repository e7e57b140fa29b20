// Says in a few words what there is to know of a row: its state, and why it is so.

import { ago, duration, listed, reason, shortReason, shortType } from './format.js';

export function stateOf(row) {
  return row.outcome ?? (row.isStraggling ? 'straggling' : row.state);
}

/** The last column of the list. */
export function noteOf(row, now) {
  if (!row.outcome) {
    return liveNote(row, now);
  }
  const note = endedNote(row);
  return row.depth > 0 ? note : [ago(now - row.end), note].filter(part => part !== '').join(': ');
}

function liveNote(row, now) {
  const notes = [];
  if (row.state === 'waiting') {
    return 'waits for a slot';
  }
  if (row.type === 'child') {
    return row.canceledAt === null ? '' : `canceled ${duration(now - row.canceledAt)} ago`;
  }
  if (row.reason) {
    notes.push(row.canceledBy ? `${row.canceledBy} failed` : shortReason(row));
  } else if (row.deadline !== null) {
    notes.push(row.deadline <= now ? 'no time left' : `${duration(row.deadline - now)} left`);
  }
  if (row.waiting > 0) {
    notes.push(`${row.waiting.toLocaleString('en-US')} ${row.waiting === 1 ? 'waits' : 'wait'} for a slot`);
  }
  return notes.join(', ');
}

function endedNote(row) {
  if (row.type === 'child') {
    switch (row.outcome) {
      case 'failed': return shortType(row.failureType);
      case 'canceled': return row.canceledAt === null ? '' : `took ${duration(row.end - Math.max(row.start, row.canceledAt))} to end`;
      default: return '';
    }
  }
  if (row.canceledBy) {
    return `${row.canceledBy} failed`;
  }
  return row.failureType ? shortType(row.failureType) : row.outcome === 'succeeded' ? '' : shortReason(row);
}

function isCause(child, group) {
  return child.outcome === 'failed' && group?.canceledBy === child.name;
}

/** The sentence at the top of the detail pane. */
export function whyOf(row, nodes) {
  const group = row.type === 'group' ? row : nodes.get(row.parent);
  if (row.outcome) {
    return whyEnded(row, group);
  }
  if (row.state === 'waiting') {
    return 'Waits for a slot: the limit of its group is reached.';
  }
  const cause = group?.canceledBy ? `'${group.canceledBy}' failed with ${shortType(group.failureType)}`
    : group?.reason ? `it was canceled by ${reason(group)}` : '';
  if (row.isStraggling) {
    return `Still runs although ${cause || 'its group was canceled'}: it ignores its token, or takes long to clean up.`;
  }
  return cause === '' ? '' : row.type === 'child' ? `Ends because ${cause.replace(/^it /, 'its group ')}.` : `Ends because ${cause}.`;
}

function whyEnded(row, group) {
  const failed = type => `failed with ${type ?? 'an exception'}`;
  if (row.type === 'child') {
    switch (row.outcome) {
      case 'failed':
        return `This child ${failed(row.failureType)}${isCause(row, group) ? ', and that canceled its group.' : '.'}`;
      case 'canceled': {
        const after = row.canceledAt === null ? '' : ` It ended ${duration(row.end - Math.max(row.start, row.canceledAt))} later.`;
        return group?.canceledBy ? `Canceled because '${group.canceledBy}' ${failed(group.failureType)}.${after}`
          : group?.reason ? `Its group was canceled by ${reason(group)}.${after}` : 'It was canceled.';
      }
      default: return '';
    }
  }
  if (row.canceledBy) {
    const canceled = cutShort(row).map(entry => entry.name);
    return `'${row.canceledBy}' ${failed(row.failureType)}${canceled.length > 0 ? `, which canceled ${listed(canceled, 5)}` : ''}.`;
  }
  if (row.failureType) {
    return `Failed with ${row.failureType}.`;
  }
  if (!row.reason) {
    return '';
  }
  const names = cutShort(row).map(child => child.name);
  return `Canceled by ${reason(row)}.${names.length > 0 ? ` Still ran: ${listed(names, 5)}.` : ''}`;
}

/** The children in a group, and in those nested in it, that ended as canceled. */
function cutShort(group) {
  return group.entries.flatMap(entry => entry.type === 'group' ? cutShort(entry) : entry.outcome === 'canceled' ? [entry] : []);
}
