/* The list of problems: see problem.h. */
#include "core/setup/problem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 60u /* bytes of a text in a message */

/* The length of the longest start of `text` with at most `size` bytes that cuts no character. */
static size_t cut_length(const char *text, size_t size)
{
    while (size > 0 && ((uint8_t)text[size] & 0xC0u) == 0x80u)
        size--;
    return size;
}

const char *problem_shown(struct arena *arena, const char *text)
{
    if (strlen(text) <= SHOWN_MAX)
        return text;
    return arena_printf(arena, "%.*s...", (int)cut_length(text, SHOWN_MAX), text);
}

/* One line, and nothing that could steer a terminal: control characters (C0, DEL, C1) become '?'.
 */
static void make_printable(char *text)
{
    for (uint8_t *c = (uint8_t *)text; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7F)
            *c = '?';
        else if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0)
            c[0] = c[1] = '?';
    }
}

void problem_add(struct problem_list *problems, struct place at, const char *hint,
                 const char *format, ...)
{
    char message[ERROR_MESSAGE_SIZE];
    va_list args;
    if (problems->count == PROBLEMS_MAX) {
        problems->dropped++;
        return;
    }
    va_start(args, format);
    int length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (length < 0)
        message[0] = '\0';
    else if ((size_t)length >= sizeof message)
        memcpy(message + cut_length(message, sizeof message - 4), "...", 4);
    make_printable(message);
    ARRAY_ADD(problems->arena, problems) = (struct problem){
        .at = at,
        .message = arena_copy(problems->arena, message),
        .hint = arena_copy(problems->arena, hint == NULL ? "" : hint),
    };
}

void problem_add_error(struct problem_list *problems, struct place at, const struct error *err)
{
    problem_add(problems, at, err->hint, "%s", err->message);
}

const char *problem_text(const struct problem *problem, struct arena *arena)
{
    if (problem->at.file[0] == '\0')
        return problem->message;
    if (problem->at.line == 0)
        return arena_printf(arena, "%s: %s", problem->at.file, problem->message);
    return arena_printf(arena, "%s:%" PRIu32 ":%" PRIu32 ": %s", problem->at.file, problem->at.line,
                        problem->at.column, problem->message);
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static bool stands_behind(const struct problem *a, const struct problem *b)
{
    int order = strcmp(a->at.file, b->at.file);
    order = order != 0 ? order : compare_numbers(a->at.line, b->at.line);
    return (order != 0 ? order : compare_numbers(a->at.column, b->at.column)) > 0;
}

/* By insertion: stable, and at most PROBLEMS_MAX items. */
void problem_list_sort(struct problem_list *problems)
{
    for (size_t i = 1; i < problems->count; i++) {
        struct problem moving = problems->items[i];
        size_t at = i;
        for (; at > 0 && stands_behind(&problems->items[at - 1], &moving); at--)
            problems->items[at] = problems->items[at - 1];
        problems->items[at] = moving;
    }
}

bool problem_list_ok(const struct problem_list *problems, struct error *err)
{
    if (problems->count == 0)
        return true;
    const struct problem *first = &problems->items[0];
    size_t more = problems->count - 1 + problems->dropped;
    (void)error_run(err, EXIT_CONFIG, "%s", problem_text(first, problems->arena));
    if (more > 0)
        return error_hint(err, "%s%s%zu more: `billmill check` lists them all", first->hint,
                          first->hint[0] == '\0' ? "" : "; ", more);
    return error_hint(err, "%s", first->hint);
}
