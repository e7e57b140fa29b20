// Draws the rows that are in sight, and only those: 10,000 rows cost what 40 do.

import { duration } from './format.js';

const RowHeight = 28;
const Beyond = 6;

export class List {
  #element;
  #space;
  #rows = [];
  #drawn = new Map();
  #axis = { from: 0, to: 1 };
  #now = 0;
  selected = null;
  onSelect = () => {};
  onToggle = () => {};

  constructor(element) {
    this.#element = element;
    this.#space = document.createElement('div');
    this.#space.className = 'space';
    this.#space.setAttribute('role', 'rowgroup');
    element.append(this.#space);
    element.addEventListener('scroll', () => this.draw(), { passive: true });
    element.addEventListener('keydown', event => this.#onKey(event));
    this.#space.addEventListener('click', event => {
      const row = this.#drawn.get(event.target.closest('.row')?.dataset.key)?.row;
      if (row) {
        this.select(row);
        if (event.target.classList.contains('toggle')) {
          this.onToggle(row, !row.isClosed);
        }
      }
    });
    new ResizeObserver(() => this.draw()).observe(element);
  }

  show(rows, axis, now) {
    this.#rows = rows;
    this.#axis = axis;
    this.#now = now;
    this.#element.setAttribute('aria-rowcount', rows.length);
    this.#space.style.height = `${rows.length * RowHeight}px`;
    this.draw();
  }

  /** Moves the bars to a new time without a new snapshot. */
  move(axis, now) {
    this.#axis = axis;
    this.#now = now;
    for (const { parts, row } of this.#drawn.values()) {
      this.#time(parts, row);
    }
  }

  draw() {
    const first = Math.max(0, Math.floor(this.#element.scrollTop / RowHeight) - Beyond);
    const last = Math.min(this.#rows.length, Math.ceil((this.#element.scrollTop + this.#element.clientHeight) / RowHeight) + Beyond);
    const wanted = new Map();
    for (let at = first; at < last; at++) {
      wanted.set(this.#rows[at].key, at);
    }
    for (const [key, { parts }] of this.#drawn) {
      if (!wanted.has(key)) {
        parts.row.remove();
        this.#drawn.delete(key);
      }
    }
    for (const [key, at] of wanted) {
      const row = this.#rows[at];
      const parts = this.#drawn.get(key)?.parts ?? this.#create(key);
      this.#drawn.set(key, { parts, row });
      this.#fill(parts, row, at);
    }
    const active = this.#drawn.get(this.selected)?.parts.row.id;
    if (active) {
      this.#element.setAttribute('aria-activedescendant', active);
    } else {
      this.#element.removeAttribute('aria-activedescendant');
    }
  }

  select(row) {
    this.selected = row?.key ?? null;
    this.onSelect(row);
    this.draw();
  }

  #create(key) {
    const make = (parent, name, className) => parent.appendChild(Object.assign(document.createElement(name), { className }));
    const row = make(this.#space, 'div', 'row');
    row.dataset.key = key;
    row.id = `row-${key}`;
    row.setAttribute('role', 'row');
    const name = make(row, 'div', 'name');
    const facts = make(row, 'div', 'facts');
    const time = make(row, 'div', 'time');
    for (const cell of [name, facts, time]) {
      cell.setAttribute('role', 'gridcell');
    }
    const parts = { row, indent: name, facts, time };
    parts.toggle = make(name, 'span', 'toggle');
    parts.toggle.setAttribute('aria-hidden', 'true');
    parts.name = make(name, 'span', '');
    parts.kind = make(name, 'span', 'kind');
    parts.bar = make(time, 'div', 'bar');
    parts.after = make(parts.bar, 'div', 'after');
    return parts;
  }

  #fill(parts, row, at) {
    parts.row.style.top = `${at * RowHeight}px`;
    parts.row.className = `row ${row.type} ${row.style}`;
    parts.row.setAttribute('aria-level', row.depth + 1);
    parts.row.setAttribute('aria-rowindex', at + 1);
    parts.row.setAttribute('aria-selected', row.key === this.selected);
    if (row.entries.length > 0) {
      parts.row.setAttribute('aria-expanded', !row.isClosed);
    } else {
      parts.row.removeAttribute('aria-expanded');
    }
    parts.indent.style.paddingLeft = `${Math.min(row.depth, 20) + .25}rem`;
    set(parts.toggle, row.entries.length === 0 ? '' : row.isClosed ? '▸' : '▾');
    set(parts.name, row.name);
    set(parts.kind, row.type === 'group' ? ` ${row.kind}` : '');
    parts.indent.title = row.name;
    this.#time(parts, row);
  }

  #time(parts, row) {
    const { from, to } = row.axis ? { from: row.axis.start, to: row.axis.end } : row.outcome ? { from: row.start, to: row.end } : this.#axis;
    const end = row.end ?? this.#now;
    const percent = at => Math.min(100, Math.max(0, (at - from) / Math.max(1, to - from) * 100));
    parts.bar.style.left = `${percent(row.start)}%`;
    parts.bar.style.width = `${percent(end) - percent(row.start)}%`;
    const length = Math.max(1, end - Math.max(row.start, from));
    parts.after.hidden = row.canceledAt === null;
    if (row.canceledAt !== null) {
      parts.after.style.width = `${Math.min(100, Math.max(0, (end - Math.max(row.canceledAt, from)) / length * 100))}%`;
    }
    set(parts.facts, `${word(row)} ${duration(end - row.start)}`);
  }

  #onKey(event) {
    const at = this.#rows.findIndex(row => row.key === this.selected);
    const row = this.#rows[at];
    const page = Math.max(1, Math.floor(this.#element.clientHeight / RowHeight) - 1);
    const goTo = next => this.#goTo(Math.min(this.#rows.length - 1, Math.max(0, next)));
    switch (event.key) {
      case 'ArrowDown': goTo(at + 1); break;
      case 'ArrowUp': goTo(at < 0 ? 0 : at - 1); break;
      case 'PageDown': goTo(at + page); break;
      case 'PageUp': goTo(at - page); break;
      case 'Home': goTo(0); break;
      case 'End': goTo(this.#rows.length - 1); break;
      case 'ArrowRight':
        if (row?.isClosed) { this.onToggle(row, false); } else if (row?.entries.length > 0) { goTo(at + 1); }
        break;
      case 'ArrowLeft':
        if (row?.entries.length > 0 && !row.isClosed) {
          this.onToggle(row, true);
        } else if (row?.parent) {
          goTo(this.#rows.findIndex(other => other.key === row.parent));
        }
        break;
      case 'Enter': case ' ':
        if (row?.entries.length > 0) { this.onToggle(row, !row.isClosed); }
        break;
      default: return;
    }
    event.preventDefault();
  }

  #goTo(at) {
    const row = this.#rows[at];
    if (!row) {
      return;
    }
    const top = at * RowHeight;
    if (top < this.#element.scrollTop) {
      this.#element.scrollTop = top;
    } else if (top + RowHeight > this.#element.scrollTop + this.#element.clientHeight) {
      this.#element.scrollTop = top + RowHeight - this.#element.clientHeight;
    }
    this.select(row);
  }
}

function word(row) {
  return row.outcome ?? (row.isStraggling ? 'straggling' : row.state === 'open' ? '' : row.state);
}

// Only changed text is written: the browser lays out less.
function set(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
