/* What objdump says of a library's code, for tests. One library at a time. */
#ifndef FRED_LISTING_H
#define FRED_LISTING_H

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct listing_section { const uint8_t *bytes; uint64_t address, size; };

static const uint8_t *listing_image = MAP_FAILED;
static uint64_t listing_size;

/* False: there is no such file. */
static inline bool listing_open(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    if (fstat(fd, &status) == 0) {
        listing_size = (uint64_t)status.st_size;
        listing_image = mmap(NULL, listing_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    close(fd);
    return listing_image != MAP_FAILED;
}

static inline void listing_close(void)
{
    munmap((void *)listing_image, listing_size);
    listing_image = MAP_FAILED;
}

/* The n-th executable section. */
static inline bool listing_section(int n, struct listing_section *found)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)listing_image;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(listing_image + header->e_shoff);
    for (int i = 0; i < header->e_shnum; i++) {
        if ((sections[i].sh_flags & SHF_EXECINSTR) && sections[i].sh_type == SHT_PROGBITS && n-- == 0) {
            *found = (struct listing_section){listing_image + sections[i].sh_offset, sections[i].sh_addr, sections[i].sh_size};
            return true;
        }
    }
    return false;
}

/* Calls `visit` with address and text of each line, and with text NULL where a symbol begins. */
static inline void listing_each(const char *path, void (*visit)(uint64_t address, const char *text))
{
    char command[300], line[1024];
    snprintf(command, sizeof command, "objdump -d -w --no-show-raw-insn %s", path);
    FILE *listing = popen(command, "r");
    while (listing != NULL && fgets(line, sizeof line, listing) != NULL) {
        char *tab = strstr(line, ":\t");
        line[strcspn(line, "\n")] = '\0';
        if (tab != NULL) {
            for (char *end = tab + strlen(tab); end[-1] == ' '; end--) {
                end[-1] = '\0';
            }
        }
        visit(tab != NULL ? strtoul(line, NULL, 16) : 0, tab != NULL ? tab + 2 : NULL);
    }
    if (listing != NULL) {
        pclose(listing);
    }
}

#endif
