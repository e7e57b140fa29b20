// Turns numbers and words of the snapshot into text for people.

export function duration(ms) {
  if (ms === null || ms === undefined) {
    return '';
  }
  if (ms < 1000) {
    return `${Math.max(0, Math.round(ms))} ms`;
  }
  if (ms < 60_000) {
    return `${(ms / 1000).toFixed(1)} s`;
  }
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) {
    return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A duration whose parts below a second do not matter: "just now", "3 s", "2 min". */
export function ago(ms) {
  return ms < 1000 ? 'just now' : ms < 60_000 ? `${Math.floor(ms / 1000)} s ago` : `${duration(ms).replace(/ \d+ s$/, '')} ago`;
}

const Reasons = {
  requested: 'its own code: Cancel() was called',
  child_failed: 'the failure of a child',
  caller_canceled: 'its caller: the client has left, or the group around it was canceled',
  timed_out: 'its time limit',
  host_stopping: 'the stop of the application',
};

const ShortReasons = {
  requested: 'Cancel() was called',
  child_failed: 'a child failed',
  caller_canceled: 'its caller gave up',
  timed_out: 'time limit',
  host_stopping: 'application stops',
};

/** What canceled a group; '' if nothing has. */
export function reason({ reason: word, limitSetBy }) {
  if (word === 'timed_out' && limitSetBy) {
    return `the deadline of its ${limitSetBy}`;
  }
  return word ? Reasons[word] ?? word.replaceAll('_', ' ') : '';
}

/** The same in two or three words. */
export function shortReason({ reason: word, limitSetBy }) {
  if (word === 'timed_out' && limitSetBy) {
    return `${limitSetBy}'s deadline`;
  }
  return word ? ShortReasons[word] ?? word.replaceAll('_', ' ') : '';
}

/** The name of a type without its namespace. */
export function shortType(type) {
  return type === null || type === undefined ? '' : type.slice(type.lastIndexOf('.') + 1);
}

export function time(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}

export function preciseTime(ms) {
  return new Date(ms).toLocaleTimeString(
    [], { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });
}

export function count(number, word, plural = `${word}s`) {
  return `${number.toLocaleString('en-US')} ${number === 1 ? word : plural}`;
}

/** "a", "a and b", "a, b and 3 more". */
export function listed(names, most = 2) {
  const shown = names.slice(0, names.length > most + 1 ? most : most + 1);
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest.toLocaleString('en-US')} more`] : shown;
  return all.length > 1 ? `${all.slice(0, -1).join(', ')} and ${all.at(-1)}` : all.join('');
}
