import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOf } from '../../src/core/keys';
import { cluster, describe, marksOf, neighbour } from '../../src/core/marks';
import { firstTick, type Timeline } from '../../src/core/protocol';
import { follow, gridOf, tickAt, whole, xOf, zoom } from '../../src/core/scale';
import { treeOf } from '../../src/core/tree';

const timeline: Timeline = {
    backend: 'pdb', state: 'Stopped', position: { branch: 'branch-2', tick: 60, edge: 100, live: false }, extent: { first: 0, last: 100 },
    checkpoints: [{ number: 1, tick: 0, pinned: false }, { number: 2, tick: 50, pinned: true }],
    bookmarks: [{ name: 'here', branch: 'branch-2', tick: 60 }, { name: 'there', branch: 'main', tick: 7 }],
    stops: [{ tick: 60, reason: 'Step', file: '/w/a.py', line: 4, function: 'f' }],
    branches: [{ name: 'main', forkedAt: 0, edge: 80, current: false }, { name: 'branch-2', parent: 'main', forkedAt: 55, edge: 100, current: true }],
    breakpointHits: [10, 11, 12, 90].map(tick => ({ tick, breakpoint: 1, file: '/w/a.py', line: 3 })),
    exceptions: [{ tick: 95, text: 'KeyError: 1', file: '/w/a.py', line: 9 }],
};
const change = { tick: 55, file: '/w/a.py', line: 2, before: '0', after: '20' };
const marks = marksOf(timeline, [change]);

test('marks: everything on this branch, in time order', () => {
    assert.deepEqual(marks.map(mark => `${mark.tick} ${mark.kind}`), [
        '1 checkpoint', '10 breakpoint', '11 breakpoint', '12 breakpoint', '50 checkpoint', '55 change', '60 bookmark', '60 stop', '90 breakpoint', '95 exception']);
    assert.deepEqual(marks.find(mark => mark.kind === 'bookmark')?.goal, { bookmark: 'here' });
    assert.equal(describe(marks, 60, 100), 'tick 60 of 100, bookmark "here", stopped at a.py:4 in f');
    assert.equal(describe(marks, 100, 100), 'live, tick 100');
});

test('a checkpoint before the first statement leads to that statement', () => {
    assert.deepEqual(marks[0]?.goal, { tick: 1 });
    assert.deepEqual(treeOf(timeline, [])[1]?.children?.[0]?.goal, { tick: 1 });
    assert.deepEqual(marksOf({ ...timeline, backend: 'gdb' }, [])[0]?.goal, { tick: 0 });
    assert.equal(firstTick({ ...timeline, position: { branch: 'main', tick: 0, edge: 0, live: true } }), 0);
});

test('an uncaught exception is one, not a stop; one that is known is not shown twice', () => {
    const stop = { tick: 99, reason: 'Exception', file: '/w/a.py', line: 9 };
    assert.deepEqual(marksOf({ ...timeline, stops: [stop, { ...stop, tick: 95 }] }, []).filter(mark => mark.tick >= 95).map(mark => [mark.tick, mark.kind]), [
        [95, 'exception'], [95, 'stop'], [99, 'exception']]);
});

test('marks of one kind that would lie on each other are one, those of other kinds are not', () => {
    const at = cluster(marks, whole(0, 100), 200);
    assert.deepEqual(at.filter(each => each.kind === 'breakpoint').map(each => [each.tick, each.count]), [[12, 3], [90, 1]]);
    assert.equal(at.filter(each => each.tick === 60).length, 2);
    assert.equal(cluster(marks, { from: 20, to: 40 }, 200).length, 0);
});

test('a thousand marks stay few', () => {
    const many = marksOf({ ...timeline, breakpointHits: Array.from({ length: 1000 }, (_, tick) => ({ tick, breakpoint: 1 })) }, []);
    assert.ok(cluster(many, whole(0, 1000), 300).length < 80);
});

test('neighbours', () => {
    assert.equal(neighbour(marks, 60, -1)?.tick, 55);
    assert.equal(neighbour(marks, 60, 1)?.tick, 90);
    assert.equal(neighbour(marks, 1, -1), undefined);
});

test('ticks and pixels are each other\'s inverse', () => {
    const view = { from: 1000, to: 2000 };
    for (const tick of [1000, 1234, 2000]) {
        assert.equal(tickAt(xOf(tick, view, 640), view, 640), tick);
    }
    assert.equal(tickAt(-5, view, 640), 1000);
    assert.equal(tickAt(9999, view, 640), 2000);
    assert.equal(tickAt(3, view, 0), 1000);
});

test('zooming keeps the place under the pointer, and ends at the history\'s ends', () => {
    const all = whole(0, 1_000_000);
    const closer = zoom(all, all, 0.5, 250_000);
    assert.deepEqual(closer, { from: 125_000, to: 625_000 });
    assert.deepEqual(zoom(closer, all, 10, 0), all);
    let view = all;
    for (let i = 0; i < 50; i++) {
        view = zoom(view, all, 0.5, 0);
    }
    assert.deepEqual(view, { from: 0, to: 10 });
    assert.deepEqual(follow(view, all, 5), view);
    assert.deepEqual(follow(view, all, 999_999), { from: 999_990, to: 1_000_000 });
    assert.deepEqual(whole(0, 0), { from: 0, to: 1 });
});

test('numbers are round and have room', () => {
    assert.deepEqual(gridOf(whole(0, 100), 300), [0, 50, 100]);
    assert.deepEqual(gridOf({ from: 3, to: 13 }, 1000), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    assert.ok(gridOf(whole(0, 12_345_678), 250).length <= 4);
});

test('keys', () => {
    const act = (key: string, shift = false, searching = false) => actionOf(key, shift, 60, 0, marks, searching);
    assert.deepEqual(act('ArrowLeft'), { kind: 'step', command: 'stepBack' });
    assert.deepEqual(act('ArrowLeft', true), { kind: 'step', command: 'reverseStepIn' });
    assert.deepEqual(act('ArrowRight'), { kind: 'step', command: 'next' });
    assert.deepEqual(act('PageUp'), { kind: 'go', goal: { tick: 55 } });
    assert.deepEqual(act('PageDown'), { kind: 'go', goal: { tick: 90 } });
    assert.deepEqual(act('Home'), { kind: 'go', goal: { tick: 0 } });
    assert.deepEqual(act('End'), { kind: 'go', goal: { live: true } });
    assert.deepEqual(act('+'), { kind: 'zoom', factor: 0.5 });
    assert.equal(act('Escape'), undefined);
    assert.deepEqual(act('Escape', false, true), { kind: 'cancel' });
    assert.equal(act('x'), undefined);
});

test('the tree: branches within each other, checkpoints, bookmarks, changes; nothing before the first stop', () => {
    const tree = treeOf(timeline, [change]);
    assert.deepEqual(tree.map(row => row.label), ['Branches', 'Checkpoints', 'Bookmarks', 'Changes Found']);
    assert.deepEqual(tree[0]?.children?.[0]?.children?.map(row => [row.label, row.context]), [['branch-2', 'fred-branch-current']]);
    assert.equal(tree[1]?.children?.[1]?.description, 'tick 50 · kept');
    assert.equal(tree[2]?.children?.[1]?.branch, 'main');
    const ids = (rows: typeof tree): string[] => rows.flatMap(row => [row.id, ...ids(row.children ?? [])]);
    assert.equal(new Set(ids(tree)).size, ids(tree).length);
    assert.deepEqual(treeOf(undefined, []), []);
    assert.deepEqual(treeOf({ ...timeline, position: null }, []), []);
});
