/* The heap: binary trees, built and freed. */
#include <stdio.h>
#include <stdlib.h>

#include "timed.h"

struct tree { struct tree *left, *right; };

static struct tree *grow(int depth)
{
    struct tree *tree = malloc(sizeof *tree);
    tree->left = depth > 0 ? grow(depth - 1) : NULL;
    tree->right = depth > 0 ? grow(depth - 1) : NULL;
    return tree;
}

static long fell(struct tree *tree)
{
    long count = 1 + (tree->left != NULL ? fell(tree->left) + fell(tree->right) : 0);
    free(tree);
    return count;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1, sum = 0;
    timed_begin();
    for (long i = 0; i < rounds; i++) {
        sum += fell(grow(13));
    }
    printf("%ld\n", sum);
    timed_end();
    return 0;
}
