// Turns a snapshot or the history into the rows of the list: a tree, filtered, sorted, flat.

const StragglingAfterMs = 5000;
const SameStartMs = 100;

/**
 * Keeps the start of each entry as it was first seen: the one of a later snapshot differs by some milliseconds, and rows that began
 * together would change places. A child that has waited for a slot begins anew.
 */
export class Starts {
  #known = new Map();

  /** Writes the start of every entry of a new snapshot, in milliseconds since 1970. */
  keep(snapshot) {
    const takenAt = Date.parse(snapshot.takenAt);
    const seen = new Map();
    const write = (entry, key) => {
      const start = takenAt - entry.elapsedMs;
      const known = this.#known.get(key);
      entry.start = Math.abs(known - start) < SameStartMs ? known : start;
      seen.set(key, entry.start);
    };
    snapshot.groups.forEach(group => write(group, `g${group.id}`));
    snapshot.children.forEach(child => write(child, `c${child.id}`));
    this.#known = seen;
  }
}

/** Rows of what runs now. A row has start and end in milliseconds since 1970; end is null while it runs. */
export function liveRows(snapshot, filter, flipped) {
  const takenAt = Date.parse(snapshot.takenAt);
  const nodes = new Map();
  for (const group of snapshot.groups) {
    const key = `g${group.id}`;
    nodes.set(key, live(group, 'group', key, group.parentId === null ? null : `g${group.parentId}`, takenAt));
  }
  for (const child of snapshot.children) {
    const key = `c${child.id}`;
    nodes.set(key, live(child, 'child', key, `g${child.groupId}`, takenAt));
  }
  joinPairs(nodes, row => row.type === 'child' && row.state !== 'waiting');
  // What lives as long as the application comes last: it is always the oldest.
  const compare = order(filter.sort, row => row.start);
  const roots = (a, b) => (a.kind === 'background') - (b.kind === 'background') || compare(a, b);
  return arrange(nodes, filter, { roots, entries: compare }, row => flipped.has(row.key), row => stateMatches(row, filter.state));
}

/** Rows of what has ended. What went wrong is open, with what that canceled, the rest closed, until the reader decides otherwise. */
export function historyRows(history, filter, flipped) {
  const nodes = new Map();
  for (const group of history.groups) {
    const key = `h${group.id}`;
    const start = Date.parse(group.startedAt);
    const end = start + group.elapsedMs;
    const canceledAt = group.sinceCancellationMs === null ? null : end - group.sinceCancellationMs;
    const row = {
      ...group, key, parent: group.parentId === null ? null : `h${group.parentId}`, type: 'group', start, end, style: group.outcome,
      canceledAt, entries: [], failures: isWrong(group) ? 1 : 0,
    };
    nodes.set(key, row);
    for (const child of group.children) {
      const childKey = `hc${group.id}-${child.id}`;
      const childStart = Date.parse(child.startedAt);
      nodes.set(childKey, {
        ...child, key: childKey, parent: key, type: 'child', start: childStart, end: childStart + child.elapsedMs, style: child.outcome,
        canceledAt, entries: [], failures: 0,
      });
    }
  }
  joinPairs(nodes, row => row.kind === 'background');
  const isClosed = row => (row.failures === 0 && (row.depth === 0 || row.outcome !== 'canceled')) !== flipped.has(row.key);
  // Groups by their ends, since that is what the reader has just seen; in a group always in the order in which things began.
  const orders = { roots: order(filter.sort, row => row.end), entries: order('oldest', row => row.start) };
  const shown = arrange(nodes, filter, orders, isClosed, row => !filter.state || row.outcome === filter.state);
  for (const root of shown.roots) {
    root.axis = { from: root.start, to: Math.max(root.end, root.start + 1) };
  }
  return shown;
}

/** Whether a group that has ended is one to look at: a race that canceled its loser is not. */
export function isWrong(group) {
  return group.outcome === 'failed' || (group.outcome === 'canceled' && group.reason === 'timed_out');
}

function live(entry, type, key, parent, takenAt) {
  const since = entry.sinceCancellationMs;
  const isStraggling = type === 'child' && entry.state === 'ending' && since !== null && since >= StragglingAfterMs;
  return {
    ...entry, key, parent, type, end: entry.state === 'completed' ? takenAt : null,
    deadline: entry.remainingMs === null || entry.remainingMs === undefined ? null : takenAt + entry.remainingMs,
    canceledAt: since === null ? null : takenAt - since, isStraggling, style: isStraggling ? 'straggling' : entry.state, entries: [],
  };
}

// The group of a child's scope, or of a job, stands beside its child and has the child's name: the reader sees the group.
function joinPairs(nodes, isChild) {
  const nameOf = row => `${row.parent} ${row.name}`;
  const groups = Map.groupBy(
    [...nodes.values()].filter(row => row.parent !== null && (row.kind === 'scope' || row.kind === 'job')), nameOf);
  for (const row of groups.size === 0 ? [] : nodes.values()) {
    const group = isChild(row) ? groups.get(nameOf(row))?.shift() : undefined;
    if (group !== undefined) {
      if (group.end === null) {
        const { state, style, isStraggling, canceledAt } = row;
        Object.assign(group, { state, style, isStraggling, canceledAt });
      }
      nodes.delete(row.key);
    }
  }
}

function stateMatches(row, state) {
  switch (state) {
    case '': return true;
    case 'running': return row.state === 'running' || row.state === 'open';
    case 'straggling': return row.isStraggling;
    default: return row.state === state;
  }
}

function arrange(nodes, filter, orders, isClosed, hasState) {
  const roots = [];
  for (const row of nodes.values()) {
    const parent = row.parent === null ? undefined : nodes.get(row.parent);
    (parent?.entries ?? roots).push(row);
  }

  roots.sort(orders.roots);
  const all = depthFirst(roots, orders.entries);
  for (let at = all.length - 1; at >= 0; at--) {
    const row = all[at];
    if (row.failures > 0 && row.parent !== null && nodes.has(row.parent)) {
      nodes.get(row.parent).failures += row.failures;
    }
  }

  const text = filter.text.trim().toLowerCase();
  const isFiltered = text !== '' || filter.state !== '' || filter.kind !== '';
  if (isFiltered) {
    mark(all, nodes, text, filter.kind, hasState);
  }

  const rows = [];
  let below = Infinity; // rows deeper than this are in a closed group
  for (const row of all) {
    if (row.depth > below || (isFiltered && !row.isShown)) {
      continue;
    }
    row.isClosed = row.entries.length > 0 && isClosed(row) && !(isFiltered && row.hasMatchBelow);
    below = row.isClosed ? row.depth : Infinity;
    rows.push(row);
  }
  return { rows, roots, nodes, total: nodes.size };
}

/** All rows, each before those in it. Iterative: trees may be deep. */
function depthFirst(roots, compare) {
  const all = [];
  const stack = roots.toReversed();
  for (const root of roots) {
    root.depth = 0;
    root.root = root;
  }
  while (stack.length > 0) {
    const row = stack.pop();
    all.push(row);
    row.entries.sort(compare);
    for (let last = row.entries.length - 1; last >= 0; last--) {
      const entry = row.entries[last];
      entry.depth = row.depth + 1;
      entry.root = row.root;
      stack.push(entry);
    }
  }
  return all;
}

// A row is shown if it matches, if something below it matches, or if the text or kind matches something above it.
function mark(all, nodes, text, kind, hasState) {
  for (const row of all) {
    const above = row.depth === 0 ? null : nodes.get(row.parent);
    row.textMatches = text === '' || above?.textMatches || row.name.toLowerCase().includes(text);
    row.kindMatches = kind === '' || above?.kindMatches || row.kind === kind;
    row.isShown = row.textMatches && row.kindMatches && hasState(row);
    row.hasMatchBelow = false;
  }
  for (let at = all.length - 1; at >= 0; at--) {
    const row = all[at];
    if (row.isShown && row.depth > 0) {
      const above = nodes.get(row.parent);
      above.isShown = above.hasMatchBelow = true;
    }
  }
}

// What began in the same millisecond goes by its number.
function order(sort, timeOf) {
  const oldest = (a, b) => timeOf(a) - timeOf(b) || a.id - b.id;
  switch (sort) {
    case 'newest': return (a, b) => oldest(b, a);
    case 'name': return (a, b) => a.name.localeCompare(b.name) || oldest(a, b);
    default: return oldest;
  }
}

/** The rows from the root down to a row. */
export function pathOf(row, nodes) {
  const path = [];
  for (let at = row; at !== undefined; at = at.parent === null ? undefined : nodes.get(at.parent)) {
    path.unshift(at);
  }
  return path;
}
