/* Linux: /proc/PID/stat has the name in brackets, then the state, and as the twentieth word from
 * there the start. */
#include "core/engine/process.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

#define START_WORD 19 /* the state is word 0 */

struct stat_line {
    char text[1024];
    const char *words; /* from the state on; NULL: not readable */
};

static void read_stat(int64_t pid, struct stat_line *line)
{
    char path[64];
    *line = (struct stat_line){0};
    (void)snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    bool read = fgets(line->text, sizeof line->text, file) != NULL;
    (void)fclose(file);
    const char *name_end = read ? strrchr(line->text, ')') : NULL;
    if (name_end != NULL && name_end[1] == ' ')
        line->words = name_end + 2;
}

static int64_t start_of(const struct stat_line *line)
{
    char digits[24];
    int64_t ticks = 0;
    const char *word = line->words;
    for (int i = 0; i < START_WORD && word != NULL; i++) {
        word = strchr(word, ' ');
        word = word == NULL ? NULL : word + 1;
    }
    if (word == NULL)
        return 0;
    size_t length = strcspn(word, " \n");
    if (length >= sizeof digits)
        return 0;
    memcpy(digits, word, length);
    digits[length] = '\0';
    return text_parse_i64(digits, &ticks) ? ticks : 0;
}

int64_t process_started_ticks(int64_t pid)
{
    struct stat_line line;
    read_stat(pid, &line);
    return start_of(&line);
}

bool process_is_gone(int64_t pid, int64_t started_ticks)
{
    struct stat_line line;
    if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
        return true;
    read_stat(pid, &line);
    if (line.words == NULL)
        return false;
    int64_t ticks = start_of(&line);
    bool is_zombie = line.words[0] == 'Z' || line.words[0] == 'X';
    return is_zombie || (started_ticks != 0 && ticks != 0 && ticks != started_ticks);
}
