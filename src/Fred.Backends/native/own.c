/* Where libfred itself is. */
#include <link.h>
#include <stdbool.h>

#include "intercept.h"
#include "raw.h"
#include "session.h"

static int find_ourselves(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    uintptr_t wanted = (uintptr_t)&fred_raw, end = 0;
    bool ours = false;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && wanted >= start && wanted < start + header->p_memsz) {
            session.text_start = start;
            session.text_size = header->p_memsz;
            ours = true;
        }
        end = start + header->p_memsz > end ? start + header->p_memsz : end;
    }
    if (ours) {
        session.image_start = info->dlpi_addr;
        session.image_end = end;
    }
    return ours;
}

void intercept_init(void) { dl_iterate_phdr(find_ourselves, NULL); }
