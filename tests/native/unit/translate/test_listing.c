/* The decoder's lengths against objdump's, for every instruction of the libraries that nearly every program uses. Data that objdump takes for
 * code, and its habit of joining fwait with its successor, do not count. */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "decoder.h"

enum { MAX_TOLD = 10, FWAIT = 0x9B };

static const uint8_t *image;
static uint64_t image_size;

static bool map_file(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        return false;
    }
    image_size = (uint64_t)status.st_size;
    image = mmap(NULL, image_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    return image != MAP_FAILED;
}

/* Where the section's bytes at an address are in the file. */
static const uint8_t *at_address(uint64_t address, uint64_t *available)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(image + header->e_shoff);
    for (int i = 0; i < header->e_shnum; i++) {
        const Elf64_Shdr *section = &sections[i];
        if ((section->sh_flags & SHF_EXECINSTR) && section->sh_type == SHT_PROGBITS && address >= section->sh_addr && address < section->sh_addr + section->sh_size) {
            *available = section->sh_addr + section->sh_size - address;
            return image + section->sh_offset + (address - section->sh_addr);
        }
    }
    return NULL;
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

/* Lines are "  address:<tab>text". An instruction's length is the distance to the next line, if that follows in the same symbol. */
static struct totals check_library(const char *path)
{
    struct totals totals = {0, 0};
    char command[300], line[1024], text[1024] = "";
    uint64_t previous = 0;
    snprintf(command, sizeof command, "objdump -d -w --no-show-raw-insn %s", path);
    FILE *listing = popen(command, "r");
    while (listing != NULL && fgets(line, sizeof line, listing) != NULL) {
        char *tab = strstr(line, ":\t");
        if (tab == NULL) {
            previous = 0;
            continue;
        }
        uint64_t address = strtoul(line, NULL, 16);
        if (previous != 0) {
            compare(previous, address, text, &totals);
        }
        previous = address;
        strcpy(text, tab + 2);
        text[strcspn(text, "\n")] = '\0';
    }
    if (listing != NULL) {
        pclose(listing);
    }
    return totals;
}

int main(void)
{
    static const char *const libraries[] = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libcrypto.so.3"};
    for (size_t n = 0; n < sizeof libraries / sizeof *libraries; n++) {
        char path[100];
        snprintf(path, sizeof path, "/usr/lib/x86_64-linux-gnu/%s", libraries[n]);
        if (map_file(path)) {
            struct totals totals = check_library(path);
            fprintf(stderr, "%s: %ld instructions, %ld wrong\n", libraries[n], totals.instructions, totals.wrong);
            CHECK(totals.instructions > 10000 && totals.wrong == 0);
            munmap((void *)image, image_size);
        }
    }
    return failures;
}
