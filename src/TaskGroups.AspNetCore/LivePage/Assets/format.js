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

const Reasons = {
  requested: 'its own code called Cancel',
  child_failed: 'a failure',
  caller_canceled: 'its caller: the client has gone, or the group around it was canceled',
  timed_out: 'its time limit',
  host_stopping: 'the stop of the application',
};

export function reason(word, limitSetBy) {
  if (word === 'timed_out' && limitSetBy) {
    return `the deadline of its ${limitSetBy}`;
  }
  return word === null ? '' : Reasons[word] ?? word.replaceAll('_', ' ');
}

export function clock(iso) {
  return new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
}

export function count(number, word, plural = `${word}s`) {
  return `${number.toLocaleString('en-US')} ${number === 1 ? word : plural}`;
}
