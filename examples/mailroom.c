/* The mail room of an office, a few years long. Every day letters come in; every box is emptied on its days, and gets a new label
 * every hundred. One day the program crashes. Find out why: ./fred demo gdb, or
 *
 *     cc -g -o mailroom examples/mailroom.c && ./fred gdb ./mailroom
 */
#include <stdio.h>
#include <stdlib.h>

enum { BOXES = 5, PARCELS = 3, DAYS = 1200, LETTERS = 40 };

struct letter {
    int stamp;
    struct letter *next;
};

struct box {
    const char *name;
    int every; /* emptied every so many days */
    int count;
    char label[16];
    struct letter *first, *last;
};

static struct box *boxes[BOXES];
static long delivered;

static unsigned chance(unsigned below)
{
    static unsigned state = 2013;
    state = state * 1103515245 + 12345;
    return (state >> 16) % below;
}

static struct box *make_box(const char *name, int every)
{
    struct box *box = calloc(1, sizeof *box);
    box->name = name;
    box->every = every;
    return box;
}

static void put(struct box *box, int stamp)
{
    struct letter *letter = malloc(sizeof *letter);
    letter->stamp = stamp;
    letter->next = NULL;
    if (box->count++ == 0)
        box->first = letter;
    else
        box->last->next = letter;
    box->last = letter;
}

static void empty(struct box *box)
{
    while (box->count > 0) {
        struct letter *letter = box->first;
        box->first = letter->next;
        box->count--;
        delivered += letter->stamp;
        free(letter);
    }
}

static int letters(const struct box *box)
{
    int count = 0;
    for (const struct letter *letter = box->first; letter != NULL; letter = letter->next)
        count++;
    return count;
}

static void relabel(struct box *box, int day)
{
    sprintf(box->label, "%s, day %d", box->name, day);
}

int main(void)
{
    boxes[0] = make_box("Bills", 2);
    boxes[1] = make_box("Cards", 3);
    boxes[2] = make_box("Forms", 5);
    boxes[PARCELS] = make_box("Parcels", 52);
    boxes[4] = make_box("Flyers", 1);
    for (int day = 1; day <= DAYS; day++) {
        for (int i = 0; i < BOXES && day % 100 == 0; i++)
            relabel(boxes[i], day);
        for (int i = 0; i < LETTERS; i++)
            put(boxes[chance(BOXES)], day);
        for (int i = 0; i < BOXES; i++)
            if (day % boxes[i]->every == boxes[i]->every - 1)
                empty(boxes[i]);
    }
    printf("%ld, and %d parcels left\n", delivered, letters(boxes[PARCELS]));
    return 0;
}
