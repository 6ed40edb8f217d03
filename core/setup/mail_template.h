/* The words of mails: templates/mail/NAME.LANGUAGE.mail. A file has the sections
 *
 *     [subject]
 *     Invoice {{document}} of {{seller_name}}
 *     [text]
 *     …
 *     [html]         -- may be left out: then the mail is plain text
 *     …
 *
 * each once, a section's name in a line of its own. In them
 *
 *     {{name}}                   the value of a fact, escaped in HTML
 *     {{#name}} … {{/name}}      only where the fact is known
 *     {{^name}} … {{/name}}      only where it is not
 *
 * 1. Nothing else: a name that is no fact, a tag that is not closed and braces that are no tag are
 * refused with their place. A fact that a mail does not have is an empty text.
 * 2. A line that holds nothing but a tag of a condition leaves no line behind.
 * 3. The same template and the same values are the same bytes. */
#ifndef BILLMILL_SETUP_MAIL_TEMPLATE_H
#define BILLMILL_SETUP_MAIL_TEMPLATE_H

#include "core/setup/problem.h"

#define MAIL_TEMPLATES "mail"     /* below the directory of templates */
#define MAIL_TEMPLATE_NAME_MAX 60 /* as dunning policies name them too */

/* What may be said of what a mail is about, and how it comes with the request: as it is, as
 * YYYY-MM-DD, as "29.99 EUR". */
enum mail_fact_kind { MAIL_FACT_TEXT, MAIL_FACT_DATE, MAIL_FACT_MONEY };

struct mail_fact_rule {
    const char *name;
    enum mail_fact_kind kind;
};
extern const struct mail_fact_rule mail_fact_rules[];
extern const size_t mail_fact_rule_count;

/* By its name; NULL: there is none. */
const struct mail_fact_rule *mail_fact_find(const char *name, size_t length);

enum mail_part { MAIL_SUBJECT, MAIL_TEXT, MAIL_HTML };
#define MAIL_PART_COUNT 3

struct mail_node;
struct mail_template {
    const char *path;
    const char *language; /* of its words, as the name of its file says: "de-AT", "en"; NULL where
                             it was not found by mail_template_find */
    struct {
        const struct mail_node *nodes;
        size_t count;
        bool given;
    } parts[MAIL_PART_COUNT];
};

/* Out of bytes; what is wrong is added to the problems, with `path` as their file. False when there
 * was anything. In the arena; `bytes` must live as long. */
MUST_CHECK bool mail_template_parse(const char *path, const char *bytes, size_t size,
                                    struct arena *arena, struct problem_list *problems,
                                    struct mail_template *ret_template);

/* The template of that name in the language of a tag: of "de-AT" the file of de-AT, else that of
 * de, else that of en. EXIT_CONFIG: there is none, or it is wrong. */
MUST_CHECK bool mail_template_find(const char *directory, const char *name, const char *tag,
                                   struct arena *arena, struct mail_template *ret_template,
                                   struct error *err);

/* Is there one of that name, in the language that all others fall back to? */
bool mail_template_is_there(const char *directory, const char *name, struct arena *arena);

/* Every *.mail of a directory, for `billmill check`. A directory that is not there has none. */
void mail_templates_check(const char *directory, struct arena *arena,
                          struct problem_list *problems);

struct mail_value {
    const char *name, *value; /* as it is to be read */
};

/* A part with its values, in the arena; the subject without line ends. NULL: the template does not
 * have that part. */
const char *mail_template_render(const struct mail_template *template, enum mail_part part,
                                 const struct mail_value *values, size_t count,
                                 struct arena *arena);

#endif
