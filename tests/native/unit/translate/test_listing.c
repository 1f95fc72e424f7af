/* The decoder's lengths against objdump's, for every instruction of the libraries that nearly every program uses. Data that objdump takes for
 * code, and its habit of joining fwait with its successor, do not count. */
#include "check.h"
#include "decoder.h"
#include "listing.h"

enum { MAX_TOLD = 10, FWAIT = 0x9B };

/* Where the section's bytes at an address are in the file. */
static const uint8_t *at_address(uint64_t address, uint64_t *available)
{
    static struct listing_section section; /* mostly the same as before */
    static const uint8_t *image;
    for (int i = 0; image != listing_image || address < section.address || address >= section.address + section.size; i++) {
        image = listing_image;
        if (!listing_section(i, &section)) {
            image = NULL;
            return NULL;
        }
    }
    *available = section.address + section.size - address;
    return section.bytes + (address - section.address);
}

struct totals { long instructions, wrong; };

static void compare(uint64_t address, uint64_t next, const char *text, struct totals *totals)
{
    uint64_t available;
    struct instruction i;
    const uint8_t *bytes = at_address(address, &available);
    if (bytes == NULL || next <= address || next - address > MAX_INSTRUCTION || strstr(text, "(bad)") != NULL || strstr(text, "rex") != NULL
        || strstr(text, ".byte") != NULL || strncmp(text, "data16", 6) == 0 || bytes[0] == FWAIT) {
        return;
    }
    totals->instructions++;
    bool decoded = decode(bytes, available, &i);
    if ((!decoded || i.length != next - address) && totals->wrong++ < MAX_TOLD) {
        fprintf(stderr, "%lx: %s: objdump says %ld bytes, the decoder %d\n", (unsigned long)address, text, (long)(next - address), decoded ? i.length : 0);
    }
}

static struct totals totals;
static uint64_t previous;
static char previous_text[1024];

/* An instruction's length is the distance to the next line, if that follows in the same symbol. */
static void visit(uint64_t address, const char *text)
{
    if (previous != 0 && text != NULL) {
        compare(previous, address, previous_text, &totals);
    }
    previous = address;
    snprintf(previous_text, sizeof previous_text, "%s", text != NULL ? text : "");
}

int main(void)
{
    static const char *const files[] = {"lib/x86_64-linux-gnu/libc.so.6", "lib/x86_64-linux-gnu/libm.so.6", "lib/x86_64-linux-gnu/libstdc++.so.6",
                                        "lib/x86_64-linux-gnu/libcrypto.so.3", "bin/python3"};
    for (size_t n = 0; n < sizeof files / sizeof *files; n++) {
        char path[100];
        snprintf(path, sizeof path, "/usr/%s", files[n]);
        if (listing_open(path)) {
            totals = (struct totals){0, 0};
            previous = 0;
            listing_each(path, visit);
            fprintf(stderr, "%s: %ld instructions, %ld wrong\n", path, totals.instructions, totals.wrong);
            CHECK(totals.instructions > 10000 && totals.wrong == 0);
            listing_close();
        }
    }
    return failures;
}
