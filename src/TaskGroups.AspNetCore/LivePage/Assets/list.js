// Draws the rows that are in sight, and only those: 10,000 rows cost what 40 do.

import { duration } from './format.js';
import { noteOf, stateOf } from './words.js';

const Beyond = 6;

export class List {
  #element;
  #head;
  #space;
  #rows = [];
  #drawn = new Map();
  #axis = { from: 0, to: 1 };
  #now = 0;
  #rowHeight = 28;
  selected = null;
  onSelect = () => {};
  onToggle = () => {};
  onEnter = () => {};

  constructor(element) {
    this.#element = element;
    this.#head = element.firstElementChild;
    this.#space = element.lastElementChild;
    element.addEventListener('scroll', () => this.draw(), { passive: true });
    element.addEventListener('keydown', event => this.#onKey(event));
    this.#space.addEventListener('click', event => {
      const row = this.#drawn.get(event.target.closest('.row')?.dataset.key)?.row;
      if (row) {
        this.select(row);
        if (event.target.classList.contains('toggle')) {
          this.onToggle(row);
        }
      }
    });
    new ResizeObserver(() => this.#resize()).observe(element);
  }

  show(rows, axis, now) {
    this.#rows = rows;
    this.#axis = axis;
    this.#now = now;
    this.#element.setAttribute('aria-rowcount', rows.length + 1);
    this.#space.style.height = `${rows.length * this.#rowHeight}px`;
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
    const first = Math.max(0, Math.floor(this.#element.scrollTop / this.#rowHeight) - Beyond);
    const last = Math.min(
      this.#rows.length, Math.ceil((this.#element.scrollTop + this.#element.clientHeight) / this.#rowHeight) + Beyond);
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
    let next = this.#space.firstElementChild;
    for (const [key, at] of wanted) {
      const row = this.#rows[at];
      const parts = this.#drawn.get(key)?.parts ?? this.#create(key);
      this.#drawn.set(key, { parts, row });
      this.#fill(parts, row, at);
      // The document's order is the order in sight: that is what a screen reader reads.
      if (parts.row === next) {
        next = next.nextElementSibling;
      } else {
        this.#space.insertBefore(parts.row, next);
      }
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

  /** Selects a row and scrolls it into sight. */
  reveal(key) {
    this.#goTo(this.#rows.findIndex(row => row.key === key));
  }

  #resize() {
    this.#rowHeight = parseFloat(getComputedStyle(this.#element).getPropertyValue('--row-height')) || 28;
    this.#space.style.height = `${this.#rows.length * this.#rowHeight}px`;
    this.draw();
  }

  #create(key) {
    const make = (parent, name, className) => parent.appendChild(Object.assign(document.createElement(name), { className }));
    const row = Object.assign(document.createElement('div'), { className: 'row' });
    row.dataset.key = key;
    row.id = `row-${key}`;
    row.setAttribute('role', 'row');
    const parts = { row };
    for (const cell of ['name', 'state', 'age', 'time', 'note']) {
      parts[cell] = make(row, 'div', cell);
      parts[cell].setAttribute('role', 'gridcell');
    }
    parts.toggle = make(parts.name, 'span', 'toggle');
    parts.toggle.setAttribute('aria-hidden', 'true');
    parts.label = make(parts.name, 'span', 'label');
    parts.kind = make(parts.name, 'span', 'kind');
    parts.bar = make(parts.time, 'div', 'bar');
    parts.after = make(parts.bar, 'div', 'after');
    return parts;
  }

  #fill(parts, row, at) {
    parts.row.style.top = `${at * this.#rowHeight}px`;
    parts.row.className = `row ${row.type} ${row.style}`;
    parts.row.setAttribute('aria-level', row.depth + 1);
    parts.row.setAttribute('aria-rowindex', at + 2);
    parts.row.setAttribute('aria-selected', row.key === this.selected);
    if (row.entries.length > 0) {
      parts.row.setAttribute('aria-expanded', !row.isClosed);
    } else {
      parts.row.removeAttribute('aria-expanded');
    }
    parts.name.style.paddingLeft = `${Math.min(row.depth, 20) + .25}rem`;
    parts.name.title = row.name;
    set(parts.toggle, row.entries.length === 0 ? '' : row.isClosed ? '▸' : '▾');
    set(parts.label, row.name);
    set(parts.kind, row.type === 'group' ? ` ${row.kind}` : '');
    set(parts.state, row.state === 'open' ? '' : stateOf(row));
    this.#time(parts, row);
  }

  #time(parts, row) {
    const { from, to } = row.root?.axis ?? this.#axis;
    const end = row.end ?? this.#now;
    const percent = at => Math.min(100, Math.max(0, (at - from) / Math.max(1, to - from) * 100));
    parts.bar.style.left = `${percent(row.start)}%`;
    parts.bar.style.width = `${percent(end) - percent(row.start)}%`;
    const length = Math.max(1, end - Math.max(row.start, from));
    parts.after.hidden = row.canceledAt === null || row.outcome === 'failed' || row.outcome === 'succeeded';
    if (!parts.after.hidden) {
      parts.after.style.width = `${Math.min(100, Math.max(0, (end - Math.max(row.canceledAt, from)) / length * 100))}%`;
    }
    set(parts.age, duration(end - row.start));
    set(parts.note, noteOf(row, this.#now));
  }

  #onKey(event) {
    const at = this.#rows.findIndex(row => row.key === this.selected);
    const row = this.#rows[at];
    const page = Math.max(1, Math.floor(this.#element.clientHeight / this.#rowHeight) - 2);
    const goTo = next => this.#goTo(Math.min(this.#rows.length - 1, Math.max(0, next)));
    switch (event.key) {
      case 'ArrowDown': goTo(at + 1); break;
      case 'ArrowUp': goTo(at < 0 ? 0 : at - 1); break;
      case 'PageDown': goTo(at + page); break;
      case 'PageUp': goTo(at - page); break;
      case 'Home': goTo(0); break;
      case 'End': goTo(this.#rows.length - 1); break;
      case 'ArrowRight':
        if (row?.isClosed) { this.onToggle(row); } else if (row?.entries.length > 0) { goTo(at + 1); }
        break;
      case 'ArrowLeft':
        if (row?.entries.length > 0 && !row.isClosed) {
          this.onToggle(row);
        } else if (row?.parent) {
          goTo(this.#rows.findIndex(other => other.key === row.parent));
        }
        break;
      case ' ':
        if (row?.entries.length > 0) { this.onToggle(row); }
        break;
      case 'Enter':
        if (row) { this.onEnter(); }
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
    const top = at * this.#rowHeight;
    const height = this.#element.clientHeight - this.#head.offsetHeight;
    if (top < this.#element.scrollTop) {
      this.#element.scrollTop = top;
    } else if (top + this.#rowHeight > this.#element.scrollTop + height) {
      this.#element.scrollTop = top + this.#rowHeight - height;
    }
    this.select(row);
  }
}

// Only changed text is written: the browser lays out less.
function set(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
