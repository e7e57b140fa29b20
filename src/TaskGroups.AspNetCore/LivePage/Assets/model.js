// Turns a snapshot or the history into the rows of the list: a tree, filtered, sorted, flat.

const StragglingAfterMs = 5000;

/** Rows of what runs now. A row has start and end in milliseconds since 1970; end is null while it runs. */
export function liveRows(snapshot, filter, closed) {
  const takenAt = Date.parse(snapshot.takenAt);
  const nodes = new Map();
  for (const group of snapshot.groups) {
    nodes.set(`g${group.id}`, node(group, 'group', `g${group.id}`, group.parentId === null ? null : `g${group.parentId}`, takenAt));
  }
  for (const child of snapshot.children) {
    nodes.set(`c${child.id}`, node(child, 'child', `c${child.id}`, `g${child.groupId}`, takenAt));
  }
  return arrange(nodes, filter, closed, row => stateMatches(row, filter.state));
}

/** Rows of what has ended, newest first as the server sends it. */
export function historyRows(history, filter, opened) {
  const nodes = new Map();
  for (const group of history.groups) {
    const key = `h${group.id}`;
    const start = Date.parse(group.startedAt);
    const row = {
      ...group, key, parent: null, type: 'group', start, end: start + group.elapsedMs, style: group.outcome,
      canceledAt: group.sinceCancellationMs === null ? null : start + group.elapsedMs - group.sinceCancellationMs, entries: [],
    };
    nodes.set(key, row);
    for (const child of group.children) {
      const childStart = Date.parse(child.startedAt);
      nodes.set(`hc${group.id}-${child.id}`, {
        ...child, key: `hc${group.id}-${child.id}`, parent: key, type: 'child', start: childStart, end: childStart + child.elapsedMs,
        style: child.outcome, canceledAt: row.canceledAt, axis: row, entries: [],
      });
    }
  }
  const closed = { has: key => !opened.has(key) };
  return arrange(nodes, filter, closed, row => !filter.state || row.outcome === filter.state);
}

function node(entry, type, key, parent, takenAt) {
  const since = entry.sinceCancellationMs;
  const isStraggling = type === 'child' && entry.state === 'ending' && since !== null && since >= StragglingAfterMs;
  return {
    ...entry, key, parent, type, start: takenAt - entry.elapsedMs, end: entry.state === 'completed' ? takenAt : null,
    canceledAt: since === null ? null : takenAt - since, isStraggling, style: isStraggling ? 'straggling' : entry.state, entries: [],
  };
}

function stateMatches(row, state) {
  switch (state) {
    case '': return true;
    case 'running': return row.state === 'running' || row.state === 'open';
    case 'straggling': return row.isStraggling;
    default: return row.state === state;
  }
}

function arrange(nodes, filter, closed, hasState) {
  const roots = [];
  for (const row of nodes.values()) {
    const parent = row.parent === null ? undefined : nodes.get(row.parent);
    (parent?.entries ?? roots).push(row);
  }

  roots.sort(order(filter.sort));
  const text = filter.text.trim().toLowerCase();
  const isFiltered = text !== '' || filter.state !== '' || filter.kind !== '';
  if (isFiltered) {
    for (const root of roots) {
      mark(root, text, filter.kind, hasState);
    }
  }

  // Iterative: trees may be deep.
  const rows = [];
  const stack = roots.toReversed().map(row => ({ row, depth: 0 }));
  while (stack.length > 0) {
    const { row, depth } = stack.pop();
    if (isFiltered && !row.isShown) {
      continue;
    }
    row.depth = depth;
    row.isClosed = row.entries.length > 0 && closed.has(row.key) && !(isFiltered && row.hasMatchBelow);
    rows.push(row);
    if (!row.isClosed) {
      for (let last = row.entries.length - 1; last >= 0; last--) {
        stack.push({ row: row.entries[last], depth: depth + 1 });
      }
    }
  }
  return { rows, nodes, total: nodes.size };
}

// A row is shown if it matches, if something below it matches, or if the text matches something above it.
function mark(root, text, kind, hasState) {
  const order = [];
  const stack = [{ row: root, textAbove: false, kindAbove: false }];
  while (stack.length > 0) {
    const { row, textAbove, kindAbove } = stack.pop();
    const textMatches = textAbove || text === '' || row.name.toLowerCase().includes(text);
    const kindMatches = kindAbove || kind === '' || row.kind === kind;
    row.isShown = textMatches && kindMatches && hasState(row);
    row.hasMatchBelow = false;
    order.push(row);
    for (const entry of row.entries) {
      stack.push({ row: entry, textAbove: textMatches && text !== '', kindAbove: kindMatches && kind !== '' });
    }
  }
  for (const row of order.toReversed()) {
    for (const entry of row.entries) {
      if (entry.isShown) {
        row.isShown = true;
        row.hasMatchBelow = true;
      }
    }
  }
}

function order(sort) {
  switch (sort) {
    case 'newest': return (a, b) => b.start - a.start;
    case 'name': return (a, b) => a.name.localeCompare(b.name) || a.start - b.start;
    default: return (a, b) => a.start - b.start;
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
