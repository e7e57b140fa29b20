// Brings snapshots: by server-sent events, or by polling where those are refused or break.

const Base = new URL('.', import.meta.url);
const RefreshMs = Number(document.documentElement.dataset.refreshMs) || 500;

export async function load(name) {
  const response = await fetch(new URL(name, Base), { cache: 'no-store', credentials: 'same-origin' });
  if (!response.ok) {
    throw new Error(`The server answered ${response.status}.`);
  }
  return response.json();
}

/** Calls `onSnapshot` for every snapshot and `onState` with "live", "polling" or "lost". */
export function watch(onSnapshot, onState) {
  const events = new EventSource(new URL('events', Base));
  let isPolling = false;

  events.addEventListener('snapshot', event => {
    isPolling = false;
    onState('live');
    onSnapshot(JSON.parse(event.data));
  });

  // A refused stream is closed for good; a broken one tries again by itself, and polling fills the gap.
  events.addEventListener('error', () => {
    if (!isPolling) {
      isPolling = true;
      poll();
    }
  });

  async function poll() {
    while (isPolling) {
      try {
        const snapshot = await load('snapshot');
        if (isPolling) {
          onState('polling');
          onSnapshot(snapshot);
        }
      } catch {
        onState('lost');
      }
      await new Promise(resolve => setTimeout(resolve, Math.max(RefreshMs, 1000)));
    }
  }
}
