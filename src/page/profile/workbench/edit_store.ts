const KEY = 'attention-lstm workbench';

interface Stored {
  /** The kernel and the shape that were shown last. */
  kernel?: string;
  shape?: string;
  /** Edited code, by kernel and shape. */
  edits: Record<string, string>;
}

/**
 * The edits, kept until the tab is closed. In a browser that stores nothing they are lost when the page is reloaded.
 */
export class EditStore {
  private readonly stored: Stored = read();

  /** What was shown last. */
  get shown(): { kernel?: string; shape?: string } {
    return this.stored;
  }

  edit(kernel: string, shape: string): string | undefined {
    return this.stored.edits[`${kernel}, ${shape}`];
  }

  /** `edited` is undefined if the code is as it was generated. */
  keep(kernel: string, shape: string, edited: string | undefined): void {
    Object.assign(this.stored, { kernel, shape });
    if (edited === undefined) delete this.stored.edits[`${kernel}, ${shape}`];
    else this.stored.edits[`${kernel}, ${shape}`] = edited;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.stored));
    } catch {
      // No access, or no room: the page's own copy serves.
    }
  }
}

function read(): Stored {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '{"edits":{}}');
  } catch {
    return { edits: {} };
  }
}
