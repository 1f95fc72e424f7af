// What a user sees of a debug session and does with it: selectors of the workbench are only here.

/** Longest wait for the timeline, in milliseconds. */
const patience = 90000;

/** Breakpoints in the editor's margin. */
const dots = '.glyph-margin-widgets .codicon-debug-breakpoint, .margin-view-overlays .codicon-debug-breakpoint';

export class DebugUi {
    constructor(workbench) {
        this.workbench = workbench;
    }

    get page() {
        return this.workbench.page;
    }

    /** Opens a file of the folder from the explorer. */
    async openFile(name) {
        await this.page.keyboard.press('Control+Shift+E');
        const row = this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`);
        await row.first().dblclick();
        await this.page.waitForSelector(`.tab[data-resource-name="${name}"]`);
        await this.page.waitForSelector('.monaco-editor .view-line');
    }

    /** Goes to a line and presses F9 until the breakpoint is there: the key means nothing while extensions are still being registered. */
    async toggleBreakpoint(line) {
        for (let attempt = 0; attempt < 20; attempt++) {
            await this.quick(`:${line}`);
            await this.page.keyboard.press('F9');
            if (await this.page.waitForSelector(dots, { timeout: 1500 }).catch(() => null)) {
                return;
            }
        }
        throw new Error(`no breakpoint in line ${line}`);
    }

    /** Goes to the line of the only breakpoint and removes it. */
    async removeBreakpoint(line) {
        await this.quick(`:${line}`);
        await this.page.keyboard.press('F9');
        await this.workbench.until('no breakpoint', dots => document.querySelector(dots) === null, dots);
    }

    /** Types something into quick open and accepts it. */
    async quick(text) {
        const input = this.page.locator('.quick-input-widget .quick-input-box input');
        for (let attempt = 0; attempt < 10; attempt++) {
            await this.page.keyboard.press('Control+P');
            if (await input.waitFor({ state: 'visible', timeout: 2000 }).then(() => true, () => false)) {
                break;
            }
        }
        await input.fill(text);
        await this.page.waitForSelector('.quick-input-widget .monaco-list-row');
        await this.page.keyboard.press('Enter');
        await input.waitFor({ state: 'hidden' });
    }

    /** Line and status of the session as the workbench shows them. */
    state() {
        return this.page.evaluate(readState);
    }

    /** Waits until the session stands in a line (and at a time whose text matches). */
    stands(line, time = '') {
        return this.workbench.until(`stands in line ${line} ${time}`, ([read, wanted, text]) => {
            const state = new Function(`return (${read})()`)();
            return state.line === wanted && state.enabled && state.time.includes(text) ? state : false;
        }, [readState.toString(), line, time]);
    }

    /** Waits until the session stands at another time. */
    leaves(time) {
        return this.workbench.until(`leaves ${time}`, ([read, before]) => {
            const state = new Function(`return (${read})()`)();
            return state.enabled && state.time !== before;
        }, [readState.toString(), time]);
    }

    /** Waits until the session stands at a tick from one to another. */
    atTick(from, to) {
        return this.workbench.until(`at a tick from ${from} to ${to}`, ([read, least, most]) => {
            const state = new Function(`return (${read})()`)();
            const tick = Number(/tick (\d+)/.exec(state.time)?.[1]);
            return state.enabled && tick >= least && tick <= most;
        }, [readState.toString(), from, to]);
    }

    /** Waits until a decoration behind a line of the editor says something. */
    shows(text) {
        return this.workbench.until(`shows ${text}`, wanted => [...document.querySelectorAll('.monaco-editor .view-line span')].some(span =>
            ['::after', '::before'].some(pseudo => getComputedStyle(span, pseudo).content.replace(/\u00a0/g, ' ').includes(wanted))), text);
    }

    /** Presses a button of the debug toolbar. */
    async press(label) {
        await this.page.locator(`.debug-toolbar .action-label[aria-label^="${label}"]:not(.disabled)`).first().click();
    }

    /** Folds a view of the side bar, for more room. */
    async fold(name) {
        await this.page.locator(`.pane-header[aria-label^="${name}"][aria-expanded="true"]`).first().click();
    }

    /** Unfolds a view of the side bar. */
    async unfold(name) {
        await this.page.locator(`.pane-header[aria-label^="${name}"][aria-expanded="false"]`).first().click();
    }

    /** A row of a tree in the side bar. */
    row(...texts) {
        return texts.reduce((rows, text) => rows.filter({ hasText: text }), this.page.locator('.customview-tree .monaco-list-row')).first();
    }

    /** Moves the mouse to where it shows no tooltip, and takes a picture. */
    async picture(name) {
        await this.page.mouse.move(900, 700);
        await this.page.waitForFunction(() => ![...document.querySelectorAll('.monaco-hover')].some(each => each.getClientRects().length > 0), undefined, { timeout: patience });
        await this.workbench.until('stack and variables', () => document.querySelector('.debug-variables .expression .value') !== null
            && !/Load More/.test(document.querySelector('.debug-call-stack')?.textContent ?? ''));
        await this.workbench.shot(name);
    }

    /** Opens the menu of a variable and chooses an entry; a click right after the opening would be ignored. */
    async variableMenu(name, entry, opened) {
        const row = this.page.locator('.debug-variables .monaco-list-row').filter({ hasText: new RegExp(`^\\s*${name}\\b`) }).first();
        await this.workbench.until('variables', () => document.querySelector('.debug-variables .expression .value') !== null);
        for (let page = 0; page < 10 && await row.count() === 0; page++) { // Only rows in sight exist.
            await this.page.locator('.debug-variables .monaco-list').first().hover();
            await this.page.mouse.wheel(0, 60);
            await row.waitFor({ timeout: 1000 }).catch(() => {});
        }
        await row.click({ button: 'right' });
        await this.page.locator('.monaco-menu .action-label', { hasText: entry }).first().hover();
        await opened?.();
        await this.page.keyboard.press('Enter');
    }

    /** Waits until an element of the timeline has the focus. */
    async hasFocus(timeline, id) {
        await this.workbench.until('focus in a webview', () => document.activeElement?.tagName === 'IFRAME');
        await timeline.waitForFunction(wanted => document.activeElement?.id === wanted, id, { timeout: patience });
    }

    /** The values in the Variables view. */
    variables() {
        return this.page.evaluate(() => Object.fromEntries([...document.querySelectorAll('.debug-variables .expression')]
            .map(row => [row.querySelector('.name')?.textContent.replace(/[:=]?\s*$/, ''), row.querySelector('.value')?.textContent]).filter(pair => pair[1] !== undefined)));
    }

    /** The frame of the timeline view's page; it is made when the view is shown. */
    async timeline() {
        for (const end = Date.now() + patience; Date.now() < end;) {
            for (const frame of this.page.frames()) {
                if (await frame.locator('#bar').count().catch(() => 0)) {
                    return frame;
                }
            }
            await this.page.waitForEvent('framenavigated', { timeout: 1000 }).catch(() => {});
        }
        throw new Error(`no timeline (picture: ${await this.workbench.shot('failed-timeline')})`);
    }
}

function readState() {
    const visible = element => element.getClientRects().length > 0;
    const frame = document.querySelector('.debug-call-stack .stack-frame .line-number');
    const step = [...document.querySelectorAll('.debug-toolbar .action-label')].find(each => visible(each) && /^Step Over/.test(each.getAttribute('aria-label') ?? ''));
    const time = document.querySelector('.statusbar-item[id*="fred.time"]');
    return {
        line: frame ? Number(frame.textContent.split(':')[0]) : 0,
        enabled: step !== undefined && !step.classList.contains('disabled'),
        time: time?.textContent.trim() ?? '',
    };
}
