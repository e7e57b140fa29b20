// The pane with everything that is known of one row: why it is as it is, its times, and the path to it.

import { count, duration, preciseTime, reason } from './format.js';
import { pathOf } from './model.js';
import { stateOf, whyOf } from './words.js';

export class Detail {
  #element;
  #drawn = '';
  #parts = {};
  onSelect = () => {};
  onClose = () => {};

  constructor(element) {
    this.#element = element;
  }

  get hasFocus() {
    return this.#element.contains(document.activeElement);
  }

  focus() {
    this.#element.focus();
  }

  /** Shows a row, or nothing. What has the same lines as before keeps its elements, so that focus and selection stay. */
  show(row, nodes, now, hasEnded) {
    this.#element.hidden = row === undefined;
    if (row === undefined) {
      this.#drawn = '';
      return;
    }

    const why = hasEnded ? 'It has ended. The history tells how, if its group has ended too.' : whyOf(row, nodes);
    const facts = factsOf(row, now, hasEnded).filter(([, value]) => value !== '' && value !== null && value !== undefined);
    const path = pathOf(row, nodes);
    const shape = [row.key, ...facts.map(([name]) => name), ...path.map(step => step.key)].join('\n');
    if (shape !== this.#drawn) {
      this.#drawn = shape;
      this.#create(row, facts, path);
    }
    write(this.#parts.why, why);
    this.#parts.why.hidden = why === '';
    facts.forEach(([, value], at) => write(this.#parts.facts[at], value));
    path.forEach((step, at) => write(this.#parts.steps[at], step.reason ? `canceled by ${reason(step)}` : ''));
  }

  #create(row, facts, path) {
    const hadFocus = this.hasFocus;
    this.#element.replaceChildren();
    const head = add(this.#element, 'div');
    head.className = 'head';
    add(head, 'h2', row.name);
    const close = add(head, 'button', 'Close');
    close.type = 'button';
    close.addEventListener('click', () => this.onClose());
    const why = add(this.#element, 'p');
    why.className = `why ${row.style}`;

    const list = add(this.#element, 'dl');
    const values = facts.map(([name]) => {
      add(list, 'dt', name);
      return add(list, 'dd');
    });

    add(this.#element, 'h3', path.length > 1 ? 'Path from the root' : 'It is a root');
    const steps = add(this.#element, 'ol');
    const reasons = path.map(step => {
      const item = add(steps, 'li');
      if (step === row) {
        add(item, 'strong', step.name);
      } else {
        const button = add(item, 'button', step.name);
        button.type = 'button';
        button.className = 'link';
        button.addEventListener('click', () => this.onSelect(step.key));
      }
      const note = add(item, 'span');
      note.className = 'soft';
      return note;
    });
    this.#parts = { why, facts: values, steps: reasons };
    if (hadFocus) {
      this.#element.focus();
    }
  }
}

function factsOf(row, now, hasEnded) {
  const isGroup = row.type === 'group';
  return [
    ['Is', isGroup ? `a group (${row.kind})` : 'a child'],
    ['State', hasEnded ? 'ended' : stateOf(row)],
    [isGroup ? 'Opened' : row.state === 'waiting' ? 'Waits since' : 'Started', preciseTime(row.start)],
    [row.outcome ? 'Took' : 'Age', hasEnded ? '' : duration((row.end ?? now) - row.start)],
    ['Ended', row.endedAt ? preciseTime(Date.parse(row.endedAt)) : ''],
    ['Time left', row.outcome || hasEnded || (row.deadline ?? null) === null ? '' : duration(row.deadline - now)],
    ['Limit set by', row.limitSetBy ? `its ${row.limitSetBy}` : ''],
    ['Canceled by', reason(row)],
    ['Failed child', row.canceledBy],
    ['Failure', row.failureType],
    [row.outcome ? 'Ended after its cancellation' : 'Since its cancellation',
      row.canceledAt === null || hasEnded ? '' : duration((row.end ?? now) - Math.max(row.start, row.canceledAt))],
    ['Children', isGroup && !row.outcome
      ? `${count(row.running, 'running', 'running')}, ${row.waiting.toLocaleString('en-US')} waiting` : ''],
  ];
}

function write(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function add(parent, name, text = '') {
  const element = document.createElement(name);
  element.textContent = text; // names come from code and from requests: always text, never markup
  parent.append(element);
  return element;
}
