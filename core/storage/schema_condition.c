/* Conditions of indexes, as one text whoever wrote them: see schema_text.h. Read as SQL reads them,
 * OR of AND of comparisons, and written with the parentheses that this needs, and no other ones:
 * the server sets some around everything. */
#include <string.h>

#include "core/base/text.h"
#include "core/storage/schema_text.h"

#define NAME_WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define SERVERS_IN " = ANY ARRAY "
#define OUR_IN " IN "
#define DEPTH_MAX 50

struct condition_reader {
    struct arena *arena;
    const char *at;
    int32_t depth; /* of parentheses */
};

struct condition {
    const char *text;
    enum joined { JOINED_BY_NOTHING, JOINED_BY_AND, JOINED_BY_OR } joined;
};

/* Passes over what says nothing: spaces, types, the brackets of an array. */
static void skip_silent(struct condition_reader *reader)
{
    for (;;) {
        if (text_starts_with(reader->at, "::"))
            reader->at += 2 + strspn(reader->at + 2, NAME_WORD);
        else if (*reader->at != '\0' && strchr(" \t[]", *reader->at) != NULL)
            reader->at++;
        else
            return;
    }
}

/* Of the token that comes next; 0 at the end. */
static size_t next_length(const struct condition_reader *reader)
{
    const char *at = reader->at;
    size_t length = strspn(at, NAME_WORD);
    if (*at == '\0' || *at == ';')
        return 0;
    if (*at == '\'')
        return strcspn(at + 1, "'") + (strchr(at + 1, '\'') == NULL ? 1 : 2);
    if (length == 0)
        length = strspn(at, "<>=");
    return length > 0 ? length : 1;
}

static const char *take(struct condition_reader *reader)
{
    size_t length = next_length(reader);
    const char *token = arena_copy_n(reader->arena, reader->at, length);
    reader->at += length;
    skip_silent(reader);
    return token;
}

static bool is_next(const struct condition_reader *reader, const char *token)
{
    return next_length(reader) == strlen(token) && text_starts_with(reader->at, token);
}

static bool take_if(struct condition_reader *reader, const char *token)
{
    return is_next(reader, token) && *take(reader) != '\0';
}

static bool ends_here(const struct condition_reader *reader)
{
    return next_length(reader) == 0 || is_next(reader, "AND") || is_next(reader, "OR") ||
           is_next(reader, ")");
}

static const char *join(struct condition_reader *reader, const char *left, const char *between,
                        const char *right)
{
    return *left == '\0' ? right : arena_printf(reader->arena, "%s%s%s", left, between, right);
}

static const char *in_parentheses(struct condition_reader *reader, const char *text)
{
    return arena_printf(reader->arena, "( %s )", text);
}

/* Behind "(", up to its ")": a list, or what is computed before it is compared. */
static const char *read_operand(struct condition_reader *reader, bool is_list)
{
    const char *text = "";
    if (++reader->depth <= DEPTH_MAX)
        while (next_length(reader) > 0 && !is_next(reader, ")"))
            text = join(reader, text, " ",
                        take_if(reader, "(") ? read_operand(reader, false) : take(reader));
    reader->depth--;
    (void)take_if(reader, ")");
    return is_list || strchr(text, ' ') == NULL ? text : in_parentheses(reader, text);
}

static const char *read_comparison(struct condition_reader *reader, const char *text)
{
    while (!ends_here(reader)) {
        bool is_list = is_next(reader, "IN") || is_next(reader, "ANY");
        const char *token = take_if(reader, "(") ? read_operand(reader, false) : take(reader);
        text = join(reader, text, " ", token);
        if (is_list && take_if(reader, "("))
            text = join(reader, text, " ", read_operand(reader, true));
    }
    return text;
}

static struct condition read_either(struct condition_reader *reader);

static struct condition read_one(struct condition_reader *reader)
{
    struct condition one = {"", JOINED_BY_NOTHING};
    if (take_if(reader, "NOT")) {
        one = read_one(reader);
        if (one.joined != JOINED_BY_NOTHING)
            one.text = in_parentheses(reader, one.text);
        return (struct condition){join(reader, "NOT", " ", one.text), JOINED_BY_NOTHING};
    }
    if (reader->depth < DEPTH_MAX && take_if(reader, "(")) {
        reader->depth++;
        one = read_either(reader);
        reader->depth--;
        (void)take_if(reader, ")");
        if (ends_here(reader))
            return one;
        if (strchr(one.text, ' ') != NULL)
            one.text = in_parentheses(reader, one.text);
    }
    return (struct condition){read_comparison(reader, one.text), JOINED_BY_NOTHING};
}

static struct condition read_all(struct condition_reader *reader)
{
    struct condition all = read_one(reader);
    while (take_if(reader, "AND")) {
        struct condition one = read_one(reader);
        if (all.joined == JOINED_BY_OR)
            all.text = in_parentheses(reader, all.text);
        if (one.joined == JOINED_BY_OR)
            one.text = in_parentheses(reader, one.text);
        all = (struct condition){join(reader, all.text, " AND ", one.text), JOINED_BY_AND};
    }
    return all;
}

static struct condition read_either(struct condition_reader *reader)
{
    struct condition either = read_all(reader);
    while (take_if(reader, "OR")) {
        struct condition one = read_all(reader);
        either = (struct condition){join(reader, either.text, " OR ", one.text), JOINED_BY_OR};
    }
    return either;
}

const char *schema_condition(const char *text, struct arena *arena)
{
    struct condition_reader reader = {.arena = arena, .at = text};
    skip_silent(&reader);
    const char *same = read_either(&reader).text;
    for (const char *in; (in = strstr(same, SERVERS_IN)) != NULL;)
        same = arena_printf(arena, "%.*s" OUR_IN "%s", (int)(in - same), same,
                            in + strlen(SERVERS_IN));
    return same;
}
