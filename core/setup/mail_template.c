/* Parsing the words of mails, and finding their files: see mail_template.h. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/setup/mail_template_parts.h"
#include "core/setup/small_file.h"

#define SUFFIX ".mail"
#define BYTES_MAX 65536u
#define DEPTH_MAX 8
#define NAME_ROOM 40u
#define FALLBACK_LANGUAGE "en"

const struct mail_fact_rule mail_fact_rules[] = {
    {"seller_name",   MAIL_FACT_TEXT },
    {"customer",      MAIL_FACT_TEXT },
    {"customer_name", MAIL_FACT_TEXT },
    {"document",      MAIL_FACT_TEXT }, /* its number */
    {"corrects",      MAIL_FACT_TEXT }, /* the number of the invoice that it credits */
    {"issued_on",     MAIL_FACT_DATE },
    {"due_on",        MAIL_FACT_DATE },
    {"total",         MAIL_FACT_MONEY},
    {"amount_due",    MAIL_FACT_MONEY},
    {"amount",        MAIL_FACT_MONEY}, /* what was tried, or paid */
    {"on",            MAIL_FACT_DATE }, /* the day on which it was, or is to be */
    {"next_on",       MAIL_FACT_DATE }, /* the next attempt */
    {"attempt",       MAIL_FACT_TEXT },
    {"link",          MAIL_FACT_TEXT }, /* where it is confirmed */
};
const size_t mail_fact_rule_count = ARRAY_LEN(mail_fact_rules);

const struct mail_fact_rule *mail_fact_find(const char *name, size_t length)
{
    for (size_t i = 0; i < mail_fact_rule_count; i++)
        if (strlen(mail_fact_rules[i].name) == length &&
            memcmp(mail_fact_rules[i].name, name, length) == 0)
            return &mail_fact_rules[i];
    return NULL;
}

/* ---------------------------------------------------------------- parsing */

struct nodes ARRAY_OF(struct mail_node);

struct parser {
    const char *path, *bytes, *end;
    struct arena *arena;
    struct problem_list *problems;
    struct nodes nodes;
    struct mail_node open[DEPTH_MAX]; /* conditions, the innermost last */
    size_t depth;
    bool is_wrong;
};

static struct place place_of(const struct parser *parser, const char *at)
{
    struct place place = {parser->path, 1, 1};
    for (const char *c = parser->bytes; c < at; c++) {
        if (*c == '\n') {
            place.line++;
            place.column = 1;
        } else if (((uint8_t)*c & 0xC0) != 0x80)
            place.column++;
    }
    return place;
}

#define REFUSE(parser, at, hint, ...)                                                              \
    ((parser)->is_wrong = true,                                                                    \
     problem_add((parser)->problems, place_of((parser), (at)), (hint), __VA_ARGS__))

static void add_words(struct parser *parser, const char *from, const char *to)
{
    if (to > from)
        ARRAY_ADD(parser->arena, &parser->nodes) =
            (struct mail_node){.kind = NODE_WORDS, .text = from, .length = (size_t)(to - from)};
}

static const char *known_facts(struct arena *arena)
{
    const char *text = "facts are";
    for (size_t i = 0; i < mail_fact_rule_count; i++)
        text = arena_printf(arena, "%s%s %s", text, i == 0 ? "" : ",", mail_fact_rules[i].name);
    return text;
}

static void begin_condition(struct parser *parser, const struct mail_node *node, const char *at)
{
    if (parser->depth == DEPTH_MAX) {
        REFUSE(parser, at, NULL, "conditions are %d deep at most", DEPTH_MAX);
        return;
    }
    parser->open[parser->depth++] = *node;
}

static void end_condition(struct parser *parser, const char *name, size_t length, const char *at)
{
    if (parser->depth == 0) {
        REFUSE(parser, at, NULL, "{{/%.*s}} ends no condition", (int)length, name);
        return;
    }
    const struct mail_node *open = &parser->open[--parser->depth];
    if (strlen(open->fact) != length || memcmp(open->fact, name, length) != 0)
        REFUSE(parser, at, NULL, "{{/%.*s}} where {{/%s}} is to come first", (int)length, name,
               open->fact);
}

/* Of what stands between the braces at `at`. */
static void add_tag(struct parser *parser, const char *at, const char *name, size_t length)
{
    struct mail_node node = {.kind = NODE_VALUE, .at = place_of(parser, at)};
    if (length > 0 && strchr("#^/", name[0]) != NULL) {
        node.kind = name[0] == '#' ? NODE_IF : name[0] == '^' ? NODE_UNLESS : NODE_END;
        name++;
        length--;
    }
    const struct mail_fact_rule *fact = mail_fact_find(name, length);
    if (fact == NULL) {
        REFUSE(parser, at, known_facts(parser->arena), "'%.*s' is no fact of a mail",
               (int)(length > NAME_ROOM ? NAME_ROOM : length), name);
        return;
    }
    node.fact = fact->name;
    if (node.kind == NODE_IF || node.kind == NODE_UNLESS)
        begin_condition(parser, &node, at);
    if (node.kind == NODE_END)
        end_condition(parser, name, length, at);
    ARRAY_ADD(parser->arena, &parser->nodes) = node;
}

static const char *find(const char *from, const char *end, const char *what)
{
    size_t length = strlen(what);
    for (; from + length <= end; from++)
        if (memcmp(from, what, length) == 0)
            return from;
    return NULL;
}

/* Invariant 2: where the line of a tag has nothing else, the words before it end where the line
 * begins, and those behind it begin with the next one. */
static bool is_alone(const char *from, const char *end, const char *tag, const char *behind,
                     const char **ret_line, const char **ret_next)
{
    const char *line = tag;
    while (line > from && (line[-1] == ' ' || line[-1] == '\t'))
        line--;
    const char *next = behind;
    while (next < end && (*next == ' ' || *next == '\t' || *next == '\r'))
        next++;
    if ((line > from && line[-1] != '\n') || (next < end && *next != '\n') ||
        strchr("#^/", tag[2]) == NULL)
        return false;
    *ret_line = line;
    *ret_next = next < end ? next + 1 : end;
    return true;
}

static void parse_words(struct parser *parser, const char *from, const char *end)
{
    const char *begin = from;
    const char *words = from;
    const char *open;
    while ((open = find(from, end, "{{")) != NULL) {
        const char *close = find(open, end, "}}");
        const char *line_end = find(open, end, "\n");
        if (close == NULL || (line_end != NULL && line_end < close)) {
            REFUSE(parser, open, "a tag is {{name}}, in one line", "{{ without }}");
            return;
        }
        const char *behind = close + 2;
        const char *to = open;
        if (!is_alone(begin, end, open, behind, &to, &from))
            from = behind;
        add_words(parser, words, to < words ? words : to);
        add_tag(parser, open, open + 2, (size_t)(close - open) - 2);
        words = from;
    }
    add_words(parser, words, end);
}

static void parse_part(struct parser *parser, const char *from, const char *end,
                       enum mail_part part, struct mail_template *template)
{
    parser->nodes = (struct nodes){0};
    parser->depth = 0;
    while (end > from && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    parse_words(parser, from, end);
    if (parser->depth > 0) {
        parser->is_wrong = true;
        problem_add(parser->problems, parser->open[parser->depth - 1].at, NULL,
                    "the condition of '%s' has no end", parser->open[parser->depth - 1].fact);
    }
    template->parts[part].nodes = parser->nodes.items;
    template->parts[part].count = parser->nodes.count;
    template->parts[part].given = true;
}

static const char *const part_names[MAIL_PART_COUNT] = {"[subject]", "[text]", "[html]"};

/* The part whose name is this line; MAIL_PART_COUNT: none. */
static size_t part_of_line(const char *line, size_t length)
{
    size_t part = 0;
    while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
        length--;
    while (part < MAIL_PART_COUNT &&
           (strlen(part_names[part]) != length || memcmp(part_names[part], line, length) != 0))
        part++;
    return part;
}

static const char *line_end_of(const struct parser *parser, const char *line)
{
    const char *end = memchr(line, '\n', (size_t)(parser->end - line));
    return end == NULL ? parser->end : end;
}

/* Where the next part begins, or the end. */
static const char *next_part(const struct parser *parser, const char *line)
{
    while (line < parser->end) {
        const char *end = line_end_of(parser, line);
        if (part_of_line(line, (size_t)(end - line)) < MAIL_PART_COUNT)
            return line;
        line = end < parser->end ? end + 1 : end;
    }
    return parser->end;
}

static void parse_parts(struct parser *parser, struct mail_template *template)
{
    const char *line = parser->bytes;
    while (line < parser->end) {
        const char *end = line_end_of(parser, line);
        size_t part = part_of_line(line, (size_t)(end - line));
        const char *content = end < parser->end ? end + 1 : end;
        const char *next = next_part(parser, content);
        if (part == MAIL_PART_COUNT) {
            REFUSE(parser, line, "the first line is [subject]",
                   "expected one of [subject], [text], [html]");
            return;
        }
        if (template->parts[part].given)
            REFUSE(parser, line, NULL, "%s is there twice", part_names[part]);
        parse_part(parser, content, next, (enum mail_part)part, template);
        line = next;
    }
    for (size_t part = MAIL_SUBJECT; part <= MAIL_TEXT; part++)
        if (!template->parts[part].given) {
            parser->is_wrong = true;
            problem_add(parser->problems, (struct place){.file = parser->path}, NULL,
                        "%s is missing", part_names[part]);
        }
}

bool mail_template_parse(const char *path, const char *bytes, size_t size, struct arena *arena,
                         struct problem_list *problems, struct mail_template *ret_template)
{
    struct parser parser = {
        .path = path, .bytes = bytes, .end = bytes + size, .arena = arena, .problems = problems};
    size_t bad = 0;
    *ret_template = (struct mail_template){.path = path};
    if (!text_utf8_valid(bytes, size, &bad) || memchr(bytes, '\0', size) != NULL) {
        problem_add(problems, place_of(&parser, bytes + bad), "save it as UTF-8",
                    "this is no text in UTF-8");
        return false;
    }
    parse_parts(&parser, ret_template);
    return !parser.is_wrong;
}

/* ---------------------------------------------------------------- files */

static bool read_template(const char *path, struct arena *arena, struct problem_list *problems,
                          struct mail_template *ret_template)
{
    struct small_file file;
    struct error err = {0};
    if (!small_file_read(path, BYTES_MAX, arena, &file, &err)) {
        problem_add_error(problems, (struct place){.file = path}, &err);
        return false;
    }
    return mail_template_parse(path, file.bytes, file.size, arena, problems, ret_template);
}

/* A word that can stand in the name of a file. */
static bool is_name(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return length > 0 && length <= MAIL_TEMPLATE_NAME_MAX && text[length] == '\0';
}

static const char *path_of(const char *directory, const char *name, const char *language,
                           size_t length, struct arena *arena)
{
    for (size_t i = 0; i < length; i++)
        if (strchr("/.", language[i]) != NULL)
            return NULL;
    const char *path =
        arena_printf(arena, "%s/%s.%.*s" SUFFIX, directory, name, (int)length, language);
    return length > 0 && length < NAME_ROOM && access(path, F_OK) == 0 ? path : NULL;
}

/* The languages to look for, the best first. */
static const char *language_of(const char *directory, const char *name, const char *tag,
                               struct arena *arena)
{
    const char *languages[] = {tag, arena_copy_n(arena, tag, strcspn(tag, "-_")),
                               FALLBACK_LANGUAGE};
    for (size_t i = 0; i < ARRAY_LEN(languages); i++)
        if (path_of(directory, name, languages[i], strlen(languages[i]), arena) != NULL)
            return arena_copy(arena, languages[i]);
    return NULL;
}

bool mail_template_is_there(const char *directory, const char *name, struct arena *arena)
{
    return is_name(name) &&
           path_of(directory, name, FALLBACK_LANGUAGE, strlen(FALLBACK_LANGUAGE), arena) != NULL;
}

bool mail_template_find(const char *directory, const char *name, const char *tag,
                        struct arena *arena, struct mail_template *ret_template, struct error *err)
{
    struct problem_list problems = {.arena = arena};
    const char *language =
        is_name(name) ? language_of(directory, name, text_or_empty(tag), arena) : NULL;
    if (language == NULL) {
        (void)error_run(err, EXIT_CONFIG, "there is no mail template '%s' in %s",
                        problem_shown(arena, name), directory);
        return error_hint(err, "write one: NAME." FALLBACK_LANGUAGE SUFFIX);
    }
    if (!read_template(path_of(directory, name, language, strlen(language), arena), arena,
                       &problems, ret_template))
        return problem_list_ok(&problems, err);
    ret_template->language = language;
    return true;
}

static bool ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    return length >= strlen(suffix) && text_equal(text + length - strlen(suffix), suffix);
}

static int is_template(const struct dirent *entry)
{
    return ends_with(entry->d_name, SUFFIX);
}

/* Whoever reads another language gets the fallback, so it has to be there. */
static void check_fallback(const char *directory, const char *file, struct arena *arena,
                           struct problem_list *problems)
{
    size_t length = strcspn(file, ".");
    const char *name = arena_copy_n(arena, file, length);
    const char *path = arena_printf(arena, "%s/%s", directory, file);
    if (!is_name(name))
        problem_add(problems, (struct place){.file = path},
                    "lower-case letters, digits, - and _: NAME.LANGUAGE" SUFFIX,
                    "'%s' is no name of a mail template", name);
    else if (path_of(directory, name, FALLBACK_LANGUAGE, strlen(FALLBACK_LANGUAGE), arena) == NULL)
        problem_add(problems, (struct place){.file = path}, NULL,
                    "%s." FALLBACK_LANGUAGE SUFFIX " is missing, which all other languages fall "
                    "back to",
                    name);
}

void mail_templates_check(const char *directory, struct arena *arena, struct problem_list *problems)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_template, alphasort);
    if (count < 0 && errno != ENOENT)
        problem_add(problems, (struct place){.file = directory}, NULL, "%s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct mail_template ignored;
        const char *path = arena_printf(arena, "%s/%s", directory, entries[i]->d_name);
        (void)!read_template(path, arena, problems, &ignored);
        check_fallback(directory, entries[i]->d_name, arena, problems);
        free(entries[i]);
    }
    free(entries);
}
