/* What a template is made of: mail_template.c parses, mail_render.c renders. */
#ifndef BILLMILL_SETUP_MAIL_TEMPLATE_PARTS_H
#define BILLMILL_SETUP_MAIL_TEMPLATE_PARTS_H

#include "core/setup/mail_template.h"

enum mail_node_kind { NODE_WORDS, NODE_VALUE, NODE_IF, NODE_UNLESS, NODE_END };

struct mail_node {
    enum mail_node_kind kind;
    const char *text; /* of WORDS */
    size_t length;
    const char *fact; /* of the others */
    struct place at;
};

#endif
