/* The pages that every fork of this program touches first, made its own in one go.
 *
 * A fork starts with its parent's pages, and pays a copy-on-write fault for each it writes to: 26-90 us on virtual machines, some hundred
 * times before an inspector has given its first answer. MADV_POPULATE_WRITE does the same in bulk for about 5 us a page. Which pages those
 * are is learned from the forks before: all forks of one program have the same addresses. */
#ifndef FRED_HOTPAGES_H
#define FRED_HOTPAGES_H

enum hot_set { HOT_INSPECTOR, HOT_REPLICA, HOT_SETS };

/* Makes the table that this process and its forks share. Without it (old kernel, no memory) the other calls do nothing. */
void hot_pages_init(void);

/* In a fork, first of all: touches what its predecessors touched. */
void hot_pages_touch(enum hot_set set);

/* In a fork that has just answered: remembers what it touched, if that was more than was known. */
void hot_pages_learn(enum hot_set set);

#endif
