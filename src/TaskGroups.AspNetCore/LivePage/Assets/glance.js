// The two answers that a reader comes for: what has been running longest, and what went wrong last.

import { ago, duration, listed, shortType, time } from './format.js';
import { isWrong, pathOf } from './model.js';

const Most = 3;

/** A list of up to three buttons; each keeps its element while its text changes. */
export class Glance {
  #element;
  #items = [];
  #empty;
  onSelect = () => {};

  constructor(element) {
    this.#element = element;
    this.#empty = element.parentElement.querySelector('.none');
    for (let at = 0; at < Most; at++) {
      const item = element.appendChild(document.createElement('li'));
      const button = item.appendChild(document.createElement('button'));
      button.type = 'button';
      const parts = { item, button, key: '' };
      for (const part of ['when', 'what', 'where']) {
        parts[part] = button.appendChild(document.createElement('span'));
        parts[part].className = part;
      }
      button.addEventListener('click', () => this.onSelect(parts.key));
      this.#items.push(parts);
    }
  }

  show(entries, none) {
    this.#empty.hidden = entries.length > 0;
    this.#empty.textContent = none;
    this.#element.hidden = entries.length === 0;
    this.#items.forEach((parts, at) => {
      const entry = entries[at];
      parts.item.hidden = entry === undefined;
      if (entry !== undefined) {
        parts.key = entry.key;
        parts.button.className = entry.style;
        for (const part of ['when', 'what', 'where']) {
          if (parts[part].textContent !== entry[part]) {
            parts[part].textContent = entry[part];
          }
        }
      }
    });
  }
}

/**
 * What has run longest, one for each request: what ignores its cancellation first, connections and work of background groups last, for
 * some of these are there for ever.
 */
export function longest(nodes, now) {
  const leaves = new Map();
  for (const row of nodes.values()) {
    const isLeaf = row.entries.length === 0 && row.state !== 'waiting' && row.state !== 'completed' && row.kind !== 'background';
    // A background group is no request: each of its children is a case of its own.
    const of = row.root.kind === 'background' ? row.key : row.root.key;
    if (isLeaf && (!leaves.has(of) || comesFirst(row, leaves.get(of)))) {
      leaves.set(of, row);
    }
  }
  const first = [];
  for (const row of leaves.values()) {
    first.push(row);
    first.sort((a, b) => comesFirst(a, b) ? -1 : 1);
    first.length = Math.min(first.length, Most);
  }
  return first.map(row => describeRunning(row, nodes, now));
}

function comesFirst(a, b) {
  const rank = row => row.isStraggling ? 0 : row.root.kind === 'background' || row.root.kind === 'connection' ? 2 : 1;
  return rank(a) < rank(b) || (rank(a) === rank(b) && a.start < b.start);
}

function describeRunning(row, nodes, now) {
  const { root } = row;
  const around = pathOf(row, nodes).slice(0, -1).map(step => step.name).join(' › ');
  const facts = [around === '' ? 'its own code, no child' : `in ${around}`, `since ${time(row.start)}`];
  if (row.canceledAt !== null) {
    facts.push(`canceled ${duration(now - row.canceledAt)} ago`);
  } else if (root.deadline !== null) {
    facts.push(`${duration(Math.max(0, root.deadline - now))} left`);
  }
  return { key: row.key, style: row.style, when: duration(now - row.start), what: row.name, where: facts.join(', ') };
}

/** What failed or ran out of time last: which request, which child, and what that canceled. */
export function wrong(history, now) {
  const groups = new Map(history.groups.map(group => [group.id, group]));
  const seen = new Set();
  const entries = [];
  // Newest first. An inner group ends before the one around it: what the reader knows is the outermost.
  for (const group of history.groups) {
    if (entries.length < Most && isWrong(group)) {
      const root = outermost(group, groups);
      if (!seen.has(root.id)) {
        seen.add(root.id);
        entries.push(describe(root, innermost(root, history.groups), groups, now));
      }
    }
  }
  return entries;
}

function outermost(group, groups) {
  let at = group;
  while (groups.has(at.parentId)) {
    at = groups.get(at.parentId);
  }
  return at;
}

/** The group in which it began: the one that is deepest among those that went wrong. */
function innermost(root, groups) {
  let at = root;
  for (let next = root; next !== undefined; next = groups.find(group => group.parentId === at.id && isWrong(group))) {
    at = next;
  }
  return at;
}

/**
 * The children that the cancellation of a group has cut short, in it and in the groups nested in it. In the order of their ids, which they
 * are given as they begin: when they began is reckoned back from their ends, good to some milliseconds.
 */
function cutShort(group, groups) {
  const isWithin = inner => inner !== undefined && (inner === group || isWithin(groups.get(inner.parentId)));
  return [...groups.values()].filter(isWithin).flatMap(each => each.children.filter(child => child.outcome === 'canceled'))
    .sort((a, b) => a.id - b.id);
}

function describe(root, group, groups, now) {
  const cause = group.canceledBy ?? group.children.find(child => child.outcome === 'failed')?.name ?? null;
  const type = shortType(group.failureType) || 'an exception';
  const canceled = listed(cutShort(group, groups).map(child => child.name));
  const verb = root.outcome === 'failed' ? 'failed' : 'ran out of time';
  return {
    key: `h${group.id}`,
    style: root.outcome,
    when: ago(now - Date.parse(root.endedAt)),
    what: `${root.name} ${verb}`,
    where: group.reason === 'timed_out'
      ? `after ${duration(group.elapsedMs)}${canceled === '' ? '' : `; ${canceled} still ran`}`
      : cause === null ? `with ${type}`
        : `${cause}: ${type}${canceled === '' ? '' : `, canceled ${canceled}`}`,
  };
}
