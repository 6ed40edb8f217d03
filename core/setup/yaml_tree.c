/* YAML files as a tree: see yaml_tree.h for what is refused and why. libyaml 0.2.5 lets duplicate
 * keys, undefined aliases, merge keys and further documents pass, has no limit on nesting (and is
 * quadratic in it) or size; all of that is caught here, on its events.
 *
 * Assumes that libyaml's marks count lines and columns from 0, and columns in characters. */
#include "core/setup/yaml_tree.h"

#include <inttypes.h>
#include <string.h>

#include <yaml.h>

#include "core/base/text.h"
#include "core/setup/small_file.h"

#define FNV_START 2166136261u
#define FNV_PRIME 16777619u
#define KEY_SLOTS ((size_t)2 * YAML_NODES_MAX + 1)
#define SCRATCH_CAP ((size_t)2 * 1024 * 1024)

/* A collection that is being filled. */
struct level {
    struct yaml_node *node;
    struct yaml_node *last;
    struct yaml_node *key; /* of a mapping: the key whose value comes next */
};

struct key_slot {
    const struct yaml_node *mapping, *key;
};

struct builder {
    yaml_parser_t *parser;
    const char *file, *bytes; /* `bytes` of `size`, without the BOM */
    size_t size;
    struct arena *arena;
    struct problem_list *problems;
    struct level levels[YAML_DEPTH_MAX];
    size_t depth, nodes;
    struct yaml_node *root;
    struct key_slot *keys; /* by hash of (mapping, key): duplicates in one look */
};

static struct place place_of(const struct builder *builder, yaml_mark_t mark)
{
    return (struct place){builder->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

/* The place of a byte, for errors that know only that. */
static struct place place_of_offset(const char *file, const char *bytes, size_t offset)
{
    struct place at = {file, 1, 1};
    for (size_t i = 0; i < offset; i++) {
        bool ends_line = bytes[i] == '\n' || (bytes[i] == '\r' && bytes[i + 1] != '\n');
        if (ends_line) {
            at.line++;
            at.column = 1;
        } else if (((uint8_t)bytes[i] & 0xC0u) != 0x80u && bytes[i] != '\r') {
            at.column++;
        }
    }
    return at;
}

/* --- duplicates ------------------------------------------------------------------------------- */

/* The mapping's address takes part, so that equal keys of two mappings lie apart. Order never
 * matters. */
static uint32_t key_hash(const struct yaml_node *mapping, const char *key)
{
    uint32_t hash = FNV_START ^ (uint32_t)((uintptr_t)mapping >> 4);
    for (const char *c = key; *c != '\0'; c++)
        hash = (hash ^ (uint8_t)*c) * FNV_PRIME;
    return hash;
}

/* Remembers the key; an earlier equal one of the same mapping is returned, else NULL. */
static const struct yaml_node *
key_remember(struct builder *builder, const struct yaml_node *mapping, const struct yaml_node *key)
{
    for (size_t i = key_hash(mapping, key->text) % KEY_SLOTS;; i = (i + 1) % KEY_SLOTS) {
        struct key_slot *slot = &builder->keys[i];
        if (slot->key == NULL) {
            *slot = (struct key_slot){mapping, key};
            return NULL;
        }
        if (slot->mapping == mapping && strcmp(slot->key->text, key->text) == 0)
            return slot->key;
    }
}

/* --- events to nodes -------------------------------------------------------------------------- */

static bool refuse_properties(struct builder *builder, const yaml_char_t *anchor,
                              const yaml_char_t *tag, yaml_mark_t mark)
{
    if (anchor != NULL)
        problem_add(builder->problems, place_of(builder, mark),
                    "write the value out where it is needed",
                    "anchor '&%s': anchors and aliases are not used here",
                    problem_shown(builder->arena, (const char *)anchor));
    if (tag != NULL)
        problem_add(builder->problems, place_of(builder, mark),
                    "leave it out: what type a value has is known by its key",
                    "tag '%s': tags are not used here",
                    problem_shown(builder->arena, (const char *)tag));
    return anchor == NULL && tag == NULL;
}

/* False when there are too many. */
static bool node_new(struct builder *builder, enum yaml_node_kind kind, yaml_mark_t mark,
                     struct yaml_node **ret_node)
{
    if (builder->nodes++ == YAML_NODES_MAX) {
        problem_add(builder->problems, place_of(builder, mark), "split the file",
                    "more than %u keys and values", YAML_NODES_MAX);
        return false;
    }
    struct yaml_node *node = ARENA_NEW(builder->arena, struct yaml_node);
    node->kind = kind;
    node->at = place_of(builder, mark);
    *ret_node = node;
    return true;
}

static bool take_key(struct builder *builder, struct level *level, struct yaml_node *key)
{
    bool merge = key->plain && key->kind == YAML_SCALAR && strcmp(key->text, "<<") == 0;
    if (key->kind != YAML_SCALAR) {
        problem_add(builder->problems, key->at, "a key is a single word",
                    "a list or mapping stands where a key is expected");
        return false;
    }
    if (merge)
        problem_add(builder->problems, key->at, "write the merged keys out",
                    "merge key '<<': merging is not used here");
    const struct yaml_node *earlier = key_remember(builder, level->node, key);
    if (earlier != NULL && !key->refused && !merge)
        problem_add(builder->problems, key->at, "keep one of the two",
                    "key '%s' is there twice, first in line %" PRIu32,
                    problem_shown(builder->arena, key->text), earlier->at.line);
    key->refused = key->refused || merge || earlier != NULL;
    level->key = key;
    return true;
}

/* Puts a finished scalar or a just opened collection into its parent. */
static bool attach(struct builder *builder, struct yaml_node *node)
{
    if (builder->depth == 0) {
        builder->root = node;
        return true;
    }
    struct level *level = &builder->levels[builder->depth - 1];
    if (level->node->kind == YAML_MAPPING) {
        if (level->key == NULL)
            return take_key(builder, level, node);
        node->key = level->key->text;
        node->key_at = level->key->at;
        node->refused = node->refused || level->key->refused;
        level->key = NULL;
    }
    if (level->last == NULL)
        level->node->first = node;
    else
        level->last->next = node;
    level->last = node;
    level->node->count++;
    return true;
}

static bool add_scalar(struct builder *builder, const yaml_event_t *event)
{
    size_t length = event->data.scalar.length;
    const char *value = (const char *)event->data.scalar.value;
    struct yaml_node *node = NULL;
    if (!node_new(builder, YAML_SCALAR, event->start_mark, &node))
        return false;
    (void)refuse_properties(builder, event->data.scalar.anchor, event->data.scalar.tag,
                            event->start_mark);
    if (length > YAML_SCALAR_MAX) {
        problem_add(builder->problems, node->at, "values of the configuration are short",
                    "a value of %zu bytes, at most %u are allowed", length, YAML_SCALAR_MAX);
        node->refused = true;
        length = 0;
    } else if (memchr(value, '\0', length) != NULL) { /* "\0" in double quotes */
        problem_add(builder->problems, node->at, "leave the \\0 out",
                    "a value holds a NUL character");
        node->refused = true;
    }
    node->text = arena_copy_n(builder->arena, value, length);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return attach(builder, node);
}

static bool add_alias(struct builder *builder, const yaml_event_t *event)
{
    struct yaml_node *node = NULL;
    if (!node_new(builder, YAML_SCALAR, event->start_mark, &node))
        return false;
    problem_add(builder->problems, node->at, "put a text that begins with * in quotes",
                "alias '*%s': anchors and aliases are not used here",
                problem_shown(builder->arena, (const char *)event->data.alias.anchor));
    node->text = "";
    node->refused = true;
    return attach(builder, node);
}

static bool open_collection(struct builder *builder, enum yaml_node_kind kind,
                            const yaml_event_t *event)
{
    struct yaml_node *node = NULL;
    bool mapping = kind == YAML_MAPPING;
    if (!node_new(builder, kind, event->start_mark, &node))
        return false;
    (void)refuse_properties(
        builder, mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
        mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag,
        event->start_mark);
    if (builder->depth == YAML_DEPTH_MAX) {
        problem_add(builder->problems, node->at, NULL, "nested more than %u levels deep",
                    YAML_DEPTH_MAX);
        return false;
    }
    if (!attach(builder, node))
        return false;
    builder->levels[builder->depth++] = (struct level){.node = node};
    return true;
}

static bool open_document(struct builder *builder, const yaml_event_t *event)
{
    struct place at = place_of(builder, event->start_mark);
    if (builder->root != NULL) {
        problem_add(builder->problems, at,
                    "one file holds one document: remove the '---' and what follows",
                    "a second document begins here");
        return false;
    }
    if (event->data.document_start.version_directive != NULL ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end)
        problem_add(builder->problems, at, "leave the line that begins with % out",
                    "YAML directives are not used here");
    return true;
}

/* Whether to go on; *ret_done at the end of the stream. */
static bool take_event(struct builder *builder, const yaml_event_t *event, bool *ret_done)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return open_document(builder, event);
    case YAML_SCALAR_EVENT:
        return add_scalar(builder, event);
    case YAML_ALIAS_EVENT:
        return add_alias(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(builder, YAML_SEQUENCE, event);
    case YAML_MAPPING_START_EVENT:
        return open_collection(builder, YAML_MAPPING, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        builder->depth--;
        return true;
    case YAML_STREAM_END_EVENT:
        *ret_done = true;
        return true;
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_NO_EVENT:
        return true;
    }
    return true;
}

/* --- libyaml's own refusals ------------------------------------------------------------------- */

static void report_reader(const struct builder *builder)
{
    const yaml_parser_t *parser = builder->parser;
    size_t offset = parser->problem_offset < builder->size ? parser->problem_offset : builder->size;
    problem_add(builder->problems, place_of_offset(builder->file, builder->bytes, offset),
                "save the file as plain UTF-8 text", "not readable as text: %s", parser->problem);
}

/* The byte at a mark: marks count characters. */
static char byte_at(const struct builder *builder, yaml_mark_t mark)
{
    size_t characters = 0;
    for (size_t i = 0; i < builder->size; i++) {
        bool begins = ((uint8_t)builder->bytes[i] & 0xC0u) != 0x80u;
        if (begins && characters++ == mark.index)
            return builder->bytes[i];
    }
    return '\0';
}

static void report_syntax(const struct builder *builder)
{
    static const char hint[] = "look at the indentation, the quotes and the colons there";
    const yaml_parser_t *parser = builder->parser;
    struct place at = place_of(builder, parser->problem_mark);
    if (parser->error == YAML_SCANNER_ERROR && byte_at(builder, parser->problem_mark) == '\t')
        problem_add(builder->problems, at, "indent with spaces", "a tab cannot indent YAML");
    else if (byte_at(builder, parser->context_mark) == '*')
        problem_add(builder->problems, at, "put a text that begins with * in quotes",
                    "not valid YAML: %s", parser->problem);
    else if (parser->context == NULL || parser->context_mark.line == parser->problem_mark.line)
        problem_add(builder->problems, at, hint, "not valid YAML: %s", parser->problem);
    else
        problem_add(builder->problems, at, hint, "not valid YAML: %s %s that begins in line %zu",
                    parser->problem, parser->context, parser->context_mark.line + 1);
}

static bool report_parser(const struct builder *builder)
{
    if (builder->parser->error == YAML_READER_ERROR)
        report_reader(builder);
    else if (builder->parser->problem != NULL)
        report_syntax(builder);
    else
        problem_add(builder->problems, (struct place){.file = builder->file}, NULL,
                    "the YAML reader gave up");
    return false;
}

/* --- the parse -------------------------------------------------------------------------------- */

static bool build(struct builder *builder)
{
    bool done = false;
    while (!done) {
        CLEANUP(yaml_event_delete) yaml_event_t event = {0};
        if (!yaml_parser_parse(builder->parser, &event))
            return report_parser(builder);
        if (!take_event(builder, &event, &done))
            return false;
    }
    return true;
}

/* What must hold before libyaml sees a byte. */
static bool text_usable(const char *file, const char *bytes, size_t size,
                        struct problem_list *problems)
{
    size_t bad = 0;
    if (size > YAML_BYTES_MAX) {
        problem_add(problems, (struct place){.file = file},
                    "split the file, or look whether it is the right one",
                    "%zu bytes, at most %u are read", size, YAML_BYTES_MAX);
        return false;
    }
    if (!text_utf8_valid(bytes, size, &bad)) {
        problem_add(problems, place_of_offset(file, bytes, bad), "save the file as UTF-8",
                    "not UTF-8 from here on");
        return false;
    }
    return true;
}

bool yaml_tree_parse(const char *file, const char *bytes, size_t size, struct arena *arena,
                     struct problem_list *problems, struct yaml_node **ret_root)
{
    static const char bom[] = "\xEF\xBB\xBF";
    CLEANUP(yaml_parser_delete) yaml_parser_t parser = {0};
    if (!text_usable(file, bytes, size, problems))
        return false;
    size_t skip = size >= 3 && memcmp(bytes, bom, 3) == 0 ? 3 : 0;
    CLEANUP(arena_destroy) struct arena *scratch = arena_create("yaml keys", SCRATCH_CAP);
    struct builder builder = {
        .parser = &parser,
        .file = file,
        .bytes = bytes + skip,
        .size = size - skip,
        .arena = arena,
        .problems = problems,
        .keys = ARENA_NEW_ARRAY(scratch, struct key_slot, KEY_SLOTS),
    };
    if (!yaml_parser_initialize(&parser)) {
        problem_add(problems, (struct place){.file = file}, NULL, "no memory for the YAML reader");
        return false;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const yaml_char_t *)builder.bytes, builder.size);
    if (!build(&builder))
        return false;
    if (builder.root == NULL) {
        builder.root = ARENA_NEW(arena, struct yaml_node);
        *builder.root = (struct yaml_node){
            .kind = YAML_MAPPING, .at = {file, 1, 1}
        };
    }
    *ret_root = builder.root;
    return true;
}

bool yaml_tree_read(const char *path, struct arena *arena, struct problem_list *problems,
                    struct yaml_node **ret_root)
{
    struct small_file file;
    struct error err = {0};
    if (!small_file_read(path, YAML_BYTES_MAX, arena, &file, &err)) {
        problem_add_error(problems, (struct place){.file = path}, &err);
        return false;
    }
    return yaml_tree_parse(arena_copy(arena, path), file.bytes, file.size, arena, problems,
                           ret_root);
}
