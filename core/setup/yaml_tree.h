/* YAML files as a small tree, each key and value with its place. The subset that configuration
 * needs, by libyaml's events:
 *
 * 1. Capped: bytes, depth, nodes, length of a scalar. A file over the byte cap is not even read.
 * 2. Refused with their place: aliases and anchors, tags, merge keys, duplicate keys, several
 * documents, directives, keys that are not scalars, tabs as indentation, control characters,
 * invalid UTF-8.
 * 3. Every scalar is text. What type it has is decided by the key it stands for (schema.h), never
 * by how it looks: `no` and `01` stay what they are. A UTF-8 BOM and CRLF are accepted.
 * 4. What can be told apart is reported together: a duplicate key does not hide an alias below it.
 */
#ifndef BILLMILL_SETUP_YAML_TREE_H
#define BILLMILL_SETUP_YAML_TREE_H

#include "core/setup/problem.h"

#define YAML_BYTES_MAX 262144u /* 256 KiB */
#define YAML_DEPTH_MAX 20u
#define YAML_NODES_MAX 20000u
#define YAML_SCALAR_MAX 4096u /* bytes of one key or value */

enum yaml_node_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

/* A value, and in a mapping its key too. Lives in the arena of the parse. */
struct yaml_node {
    enum yaml_node_kind kind;
    struct place at;
    const char *key; /* NULL unless the parent is a mapping */
    struct place key_at;
    const char *text;        /* of a scalar, else NULL */
    bool plain;              /* a scalar without quotes */
    bool refused;            /* already reported (an alias): say nothing more about it */
    struct yaml_node *first; /* of a sequence or mapping: its members, in the order of the file */
    struct yaml_node *next;  /* the parent's next member */
    size_t count;            /* of members */
};

/* What a plain scalar would be to other YAML tools (the core schema of YAML 1.2), so that the
 * reader and an editor with the JSON Schema agree. Quoted scalars are always text. */
enum yaml_type {
    YAML_TYPE_NULL,
    YAML_TYPE_BOOLEAN,
    YAML_TYPE_INTEGER,
    YAML_TYPE_FLOAT,
    YAML_TYPE_TEXT
};
enum yaml_type yaml_scalar_type(const struct yaml_node *scalar);

/* Parses one document. False when the text is not usable at all; true with problems added when a
 * tree came out in spite of them. An empty document is an empty mapping. `file` names the text in
 * places and must live as long as the arena. */
MUST_CHECK bool yaml_tree_parse(const char *file, const char *bytes, size_t size,
                                struct arena *arena, struct problem_list *problems,
                                struct yaml_node **ret_root);

/* The same from a regular file (a symbolic link to one is followed; pipes, devices and directories
 * are refused). */
MUST_CHECK bool yaml_tree_read(const char *path, struct arena *arena, struct problem_list *problems,
                               struct yaml_node **ret_root);

#endif
