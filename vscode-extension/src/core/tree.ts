import { type Destination, firstTick, type Timeline, type Transition } from './protocol';

/** A row of the tree of checkpoints and branches. */
export interface Row {
    /** Stable while it means the same thing, so that the tree keeps what is open and selected. */
    readonly id: string;
    readonly label: string;
    readonly description?: string;
    readonly tooltip?: string;
    readonly icon: string;
    readonly context?: 'fred-place' | 'fred-branch' | 'fred-branch-current';
    readonly goal?: Destination;
    readonly branch?: string;
    readonly children?: readonly Row[];
}

/** The tree: branches as they grow out of each other, the checkpoints of this branch, bookmarks, and what reverse watch found. */
export function treeOf(timeline: Timeline | undefined, found: readonly Transition[]): readonly Row[] {
    if (!timeline?.position) {
        return [];
    }
    const here = timeline.position;
    const groups: Row[] = [
        { id: 'branches', label: 'Branches', icon: 'git-branch', children: branchesBelow(timeline, undefined) },
        {
            id: 'checkpoints', label: 'Checkpoints', description: `on ${here.branch}`, icon: 'save',
            children: timeline.checkpoints.map(each => ({
                id: `checkpoint-${each.number}`, label: `Checkpoint ${each.number}`, description: `tick ${each.tick}${each.pinned ? ' · kept' : ''}`,
                tooltip: each.pinned ? 'Taken by you; kept until the session ends.' : 'Taken by Fred; thinned out as the history grows.',
                icon: each.pinned ? 'pinned' : 'circle-outline', context: 'fred-place', goal: { tick: Math.max(each.tick, firstTick(timeline)) },
            })),
        },
        {
            id: 'bookmarks', label: 'Bookmarks', icon: 'bookmark',
            children: timeline.bookmarks.map((each, index) => ({
                id: `bookmark-${index}-${each.name}`, label: each.name, description: `tick ${each.tick}${each.branch === here.branch ? '' : ` on ${each.branch}`}`,
                icon: 'bookmark', context: 'fred-place', goal: { bookmark: each.name }, branch: each.branch,
            })),
        },
        {
            id: 'changes', label: 'Changes Found', icon: 'search',
            children: found.map(each => ({
                id: `change-${each.tick}`, label: `${each.before} → ${each.after}`, description: `tick ${each.tick}${each.line ? ` · line ${each.line}` : ''}`,
                icon: 'arrow-swap', context: 'fred-place', goal: { tick: each.tick },
            })),
        },
    ];
    return groups.filter(group => (group.children?.length ?? 0) > 0);
}

function branchesBelow(timeline: Timeline, parent: string | undefined): readonly Row[] {
    return timeline.branches.filter(each => (each.parent ?? undefined) === parent).map(each => ({
        id: `branch-${each.name}`,
        label: each.name,
        description: `${each.current ? 'current · ' : ''}${each.forkedAt > 0 ? `from tick ${each.forkedAt} ` : ''}to ${each.edge}`,
        tooltip: each.current ? 'You are on this branch of history.' : 'Another future. Switch to it to go on where you left it.',
        icon: each.current ? 'circle-filled' : 'git-branch',
        context: each.current ? 'fred-branch-current' : 'fred-branch',
        branch: each.name,
        children: branchesBelow(timeline, each.name),
    }));
}
