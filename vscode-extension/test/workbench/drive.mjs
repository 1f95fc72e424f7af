// One sitting of a user with the real workbench: breakpoint, F5, Step Back, Reverse, reverse watch from the Variables menu, scrubbing. Pictures for the documentation
// are taken on the way.
import assert from 'node:assert/strict';
import { DebugUi } from './ui.mjs';

/** Drives; each step is a test. */
export async function drive(workbench, folder, test) {
    const ui = new DebugUi(workbench);
    let timeline;
    let broken = false;
    const step = (name, act) => test(`in the workbench: ${name}`, async () => {
        assert.ok(!broken, 'a step before this one failed');
        broken = true;
        await act();
        broken = false;
    });

    await step('a breakpoint, and F5 without launch.json', async () => {
        await workbench.open(folder);
        await ui.openFile('shop.py');
        await ui.toggleBreakpoint(14);
        await ui.page.keyboard.press('F5');
        await ui.stands(14, 'live');
        await ui.fold('Watch');
        await ui.fold('Breakpoints');
        timeline = await ui.timeline();
        await timeline.waitForSelector('.mark.breakpoint');
    });

    await step('Continue, Step Back and Reverse', async () => {
        for (let i = 0; i < 3; i++) {
            const { time } = await ui.state();
            await ui.press('Continue');
            await ui.leaves(time);
        }
        await ui.stands(14, 'live');
        await ui.press('Step Back');
        await ui.stands(13, 'in the past');
        await ui.press('Reverse');
        const there = await ui.stands(14, 'in the past');
        assert.match(there.time, /^in the past · tick \d+ of \d+ · return to live$/);
        await ui.picture('vscode-in-the-past');
    });

    await step('Reverse Step In and out, from the toolbar', async () => {
        await ui.press('Reverse Step In');
        await ui.stands(6, 'in the past');
        await ui.press('Reverse Step Out');
        await ui.stands(13, 'in the past');
        await ui.press('Undo');
        await ui.stands(6, 'in the past');
    });

    await step('the program fails; reverse watch from the Variables menu finds where the value came from', async () => {
        await ui.page.locator('.statusbar-item[id*="fred.time"]').click();
        await ui.stands(14, 'live');
        await ui.removeBreakpoint(14);
        await ui.press('Continue');
        await ui.stands(17, 'live');
        await ui.variableMenu('lowest', 'Last Changed', () => workbench.shot('vscode-variable-menu'));
        await ui.stands(16, 'in the past');
        await ui.shows('changed here: lowest undefined → -5');
        await timeline.waitForSelector('.mark.change');
    });

    await step('an expression typed in finds the statement that broke it', async () => {
        await ui.page.locator('.statusbar-item[id*="fred.time"]').click();
        await ui.stands(17, 'live');
        await ui.page.keyboard.press('Alt+Shift+F9');
        await ui.page.locator('.quick-input-widget input').fill('min(stock.values()) >= 0');
        await ui.page.keyboard.press('Enter');
        await ui.stands(5, 'in the past');
        await ui.shows('changed here: min(stock.values()) >= 0 True → False');
        await ui.picture('vscode-reverse-watch');
    });

    await step('scrubbing the timeline, with the mouse and with keys', async () => {
        const bar = timeline.locator('#bar');
        const box = await bar.boundingBox();
        const before = (await ui.state()).time;
        await ui.page.mouse.move(box.x + box.width * 0.8, box.y + 20);
        await ui.page.mouse.down();
        for (const share of [0.7, 0.6, 0.5, 0.4]) {
            await ui.page.mouse.move(box.x + box.width * share, box.y + 20);
        }
        await ui.page.mouse.up();
        const tick = time => Number(/tick (\d+)/.exec(time)?.[1]);
        const edge = Number(/of (\d+)/.exec(before)?.[1]);
        await ui.atTick(Math.round(edge * 0.35), Math.round(edge * 0.45));
        const middle = tick((await ui.state()).time);
        await ui.picture('vscode-timeline');
        await bar.focus();
        await ui.page.keyboard.press('PageUp');
        await ui.atTick(0, middle - 1);
        await ui.hasFocus(timeline, 'bar'); // The editor takes the focus at a stop; the timeline takes it back.
        await ui.page.keyboard.press('End');
        await ui.stands(17, 'live');
        await ui.hasFocus(timeline, 'bar');
        assert.equal(await bar.getAttribute('aria-valuetext').then(text => /^live, tick/.test(text)), true);
        await ui.page.keyboard.press('ArrowLeft');
        await ui.stands(17, 'in the past');
    });

    await step('the tree of checkpoints and branches; the end', async () => {
        await ui.unfold('Checkpoints and Branches');
        await ui.row('main', 'current').waitFor();
        await ui.row('Checkpoint 1', 'tick 0').click();
        await ui.stands(4, 'tick 1 of'); // The first statement: a docstring is none.
        await ui.press('Stop');
        await workbench.until('the end', () => ![...document.querySelectorAll('.debug-toolbar')].some(each => each.getClientRects().length > 0));
        await workbench.until('the badge is gone', () => !document.querySelector('.statusbar-item[id*="fred.time"]')?.getClientRects().length);
    });

    await step('a long search shows its progress in the timeline and can be cancelled there', async () => {
        await ui.openFile('long.py');
        await ui.toggleBreakpoint(4);
        await ui.page.keyboard.press('F5');
        await ui.stands(4, 'live');
        timeline = await ui.timeline();
        await ui.variableMenu('total', 'First Became So');
        await timeline.locator('#search').waitFor({ state: 'visible' });
        await timeline.locator('#progress').waitFor({ state: 'visible' });
        await workbench.shot('vscode-search');
        await timeline.locator('#cancel').click();
        await timeline.locator('#search').waitFor({ state: 'hidden' });
        await ui.stands(4, 'live');
        await ui.press('Stop');
    });
}
