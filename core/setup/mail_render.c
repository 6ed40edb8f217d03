/* Templates with their values: see mail_template.h. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/setup/mail_template_parts.h"

#define ESCAPED_MAX 6u /* bytes that one becomes: &quot; */

static const char *value_of(const struct mail_value *values, size_t count, const char *fact)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(values[i].name, fact))
            return text_or_empty(values[i].value);
    return "";
}

static void add_escaped(struct strbuf *target, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            strbuf_add(target, "&amp;");
            break;
        case '<':
            strbuf_add(target, "&lt;");
            break;
        case '>':
            strbuf_add(target, "&gt;");
            break;
        case '"':
            strbuf_add(target, "&quot;");
            break;
        case '\'':
            strbuf_add(target, "&#39;");
            break;
        default:
            strbuf_add_char(target, *text);
        }
}

struct rendering {
    const struct mail_value *values;
    size_t count;
    bool escapes;
    size_t skipped; /* conditions that do not hold, around this place */
    struct strbuf target;
};

static void render_node(struct rendering *rendering, const struct mail_node *node)
{
    const char *value =
        node->fact == NULL ? "" : value_of(rendering->values, rendering->count, node->fact);
    switch (node->kind) {
    case NODE_WORDS:
        if (rendering->skipped == 0)
            strbuf_add_n(&rendering->target, node->text, node->length);
        return;
    case NODE_VALUE:
        if (rendering->skipped == 0 && rendering->escapes)
            add_escaped(&rendering->target, value);
        else if (rendering->skipped == 0)
            strbuf_add(&rendering->target, value);
        return;
    case NODE_IF:
    case NODE_UNLESS:
        if (rendering->skipped > 0 || text_is_empty(value) == (node->kind == NODE_IF))
            rendering->skipped++;
        return;
    case NODE_END:
        if (rendering->skipped > 0)
            rendering->skipped--;
        return;
    }
}

static size_t room_of(const struct mail_node *nodes, size_t node_count,
                      const struct mail_value *values, size_t count)
{
    size_t room = 1;
    for (size_t i = 0; i < node_count; i++)
        room +=
            nodes[i].length + (nodes[i].kind == NODE_VALUE
                                   ? ESCAPED_MAX * strlen(value_of(values, count, nodes[i].fact))
                                   : 0);
    return room;
}

static void join_lines(char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if ((uint8_t)text[i] < ' ')
            text[i] = ' ';
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
}

const char *mail_template_render(const struct mail_template *template, enum mail_part part,
                                 const struct mail_value *values, size_t count, struct arena *arena)
{
    const struct mail_node *nodes = template->parts[part].nodes;
    size_t node_count = template->parts[part].count;
    if (!template->parts[part].given)
        return NULL;
    size_t room = room_of(nodes, node_count, values, count);
    struct rendering rendering = {.values = values, .count = count, .escapes = part == MAIL_HTML};
    strbuf_init(&rendering.target, arena_alloc(arena, room), room);
    for (size_t i = 0; i < node_count; i++)
        render_node(&rendering, &nodes[i]);
    assert(!rendering.target.overflowed);
    if (part == MAIL_SUBJECT)
        join_lines(rendering.target.text);
    return rendering.target.text;
}
