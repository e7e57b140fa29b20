// Dark or light: what the system prefers, or what was chosen here.

const Themes = ['system', 'light', 'dark'];
const Key = 'taskgroups-theme';

export class Theme {
  #button;
  #theme = 'system';

  constructor(button) {
    this.#button = button;
    button.addEventListener('click', () => this.next());
    this.#set(read());
  }

  next() {
    this.#set(Themes[(Themes.indexOf(this.#theme) + 1) % Themes.length]);
    try {
      localStorage.setItem(Key, this.#theme);
    } catch {
      // A browser that stores nothing forgets the choice with the page.
    }
  }

  #set(theme) {
    this.#theme = Themes.includes(theme) ? theme : 'system';
    if (this.#theme === 'system') {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = this.#theme;
    }
    this.#button.textContent = `Theme: ${this.#theme}`;
  }
}

function read() {
  try {
    return localStorage.getItem(Key);
  } catch {
    return null; // a browser that stores nothing has the system's theme
  }
}
