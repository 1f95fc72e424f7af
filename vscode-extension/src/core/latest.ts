/**
 * Sends one request at a time and forgets those overtaken by a newer one: dragging along the timeline asks for many places and only the last one counts.
 * A request is over when the program has stopped again, not when it has been answered, so the work says itself when it is done.
 */
export class Latest<T> {
    private waiting: { readonly value: T } | undefined;
    private busy = false;

    constructor(private readonly work: (value: T) => Promise<void>) {}

    /** Asks; resolves when nothing is left to do. A failure goes to the one who asked first. */
    async ask(value: T): Promise<void> {
        this.waiting = { value };
        if (this.busy) {
            return;
        }
        this.busy = true;
        try {
            for (let next = this.take(); next; next = this.take()) {
                await this.work(next.value);
            }
        } finally {
            this.waiting = undefined;
            this.busy = false;
        }
    }

    private take(): { readonly value: T } | undefined {
        const next = this.waiting;
        this.waiting = undefined;
        return next;
    }
}
