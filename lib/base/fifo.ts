/** A queue whose head goes in constant time, however long it is: `Array.shift` moves all that stay. */

/** First in, first out. */
export class Fifo<T> {
  #items: T[] = [];
  /** Where the first item is; those before it are gone. */
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The item that came first, undefined when there is none. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first item away; there is one. */
  shift(): T {
    const item = this.#items[this.#head++];
    // Half of it is gone: as many are moved as were taken since the last time.
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  /** Calls `visit` for all items, the first one first. */
  forEach(visit: (item: T) => void): void {
    for (let i = this.#head; i < this.#items.length; i++) visit(this.#items[i]);
  }
}
