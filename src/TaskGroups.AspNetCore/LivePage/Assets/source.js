// Brings snapshots: by server-sent events, or by polling where those are refused or break.

const Base = new URL('.', import.meta.url);
const RefreshMs = Number(document.documentElement.dataset.refreshMs) || 500;
const StreamAgainMs = 30_000;
const NextProcessMs = 2000;

export async function load(name) {
  const response = await fetch(new URL(name, Base), { cache: 'no-store', credentials: 'same-origin' });
  if (!response.ok) {
    throw new Error(`The server answered ${response.status}.`);
  }
  return response.json();
}

/**
 * Calls `onSnapshot` for every snapshot and `onState` with "live", "polling", "lost", or "stopped" once a process that was stopping has
 * ceased to answer; the next process is found by asking now and then. A page that is not in sight does not watch: it
 * takes no place of another viewer, and none of the few connections that a browser opens to one server.
 */
export function watch(onSnapshot, onState) {
  let events = null;
  let isPolling = false;
  let last = null;

  const isStopping = () => last?.process.state === 'draining';

  function receive(snapshot, state) {
    last = snapshot;
    onState(state);
    onSnapshot(snapshot);
  }

  function open() {
    events = new EventSource(new URL('events', Base));
    events.addEventListener('snapshot', event => {
      isPolling = false;
      receive(JSON.parse(event.data), 'live');
    });
    // A broken stream tries again by itself, a refused one is closed for good: polling fills the gap. That of a process that stops has
    // said its last word.
    events.addEventListener('error', () => {
      if (isStopping()) {
        events?.close();
        events = null;
      } else if (events?.readyState === EventSource.CLOSED) {
        events = null;
        setTimeout(() => events ?? (document.hidden || open()), StreamAgainMs);
      }
      if (!isPolling) {
        isPolling = true;
        poll();
      }
    });
  }

  function close() {
    isPolling = false;
    events?.close();
    events = null;
  }

  async function poll() {
    while (isPolling) {
      try {
        const snapshot = await load('snapshot');
        if (isPolling) {
          const isNext = isStopping() && snapshot.process.state === 'running';
          receive(snapshot, isNext ? 'live' : 'polling');
          if (isNext && events === null) {
            open();
          }
        }
      } catch (error) {
        if (isPolling) {
          onState(isStopping() ? 'stopped' : 'lost', error instanceof TypeError ? 'The server does not answer.' : error.message, last);
        }
      }
      await new Promise(resolve => setTimeout(resolve, isStopping() ? NextProcessMs : Math.max(RefreshMs, 1000)));
    }
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      close();
    } else if (events === null) {
      open();
    }
  });
  if (!document.hidden) {
    open();
  }
}
