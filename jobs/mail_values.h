/* The facts of a mail as they are read in a language. */
#ifndef BILLMILL_JOBS_MAIL_VALUES_H
#define BILLMILL_JOBS_MAIL_VALUES_H

#include "core/setup/mail_template.h"
#include "jobs/mail_intent.h"

/* Days and amounts as the request's language writes them, or as that of the template does where it
 * is another one (a text that is none of them stays as it is), and `seller_name`. In the arena. */
const struct mail_value *mail_values(const struct mail_request *request, const char *language,
                                     const char *seller_name, struct arena *arena,
                                     size_t *ret_count);

#endif
