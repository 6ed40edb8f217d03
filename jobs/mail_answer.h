/* What an SMTP server's answer means for a mail. */
#ifndef BILLMILL_JOBS_MAIL_ANSWER_H
#define BILLMILL_JOBS_MAIL_ANSWER_H

#include "core/engine/effect_kind.h"

/* Taken: done. Refused for good (5xx): failed. Put off (4xx): again, after pauses that grow to an
 * hour, for about five days; `deferrals` is how often that was, this time included, if it was.
 * Nobody there, a connection that broke before the last byte, 421, a login that is refused, or what
 * is said before a recipient was named (but 552, too large): no mail's fault; again, at the
 * engine's pace, however long that takes. Gone behind the last byte: lost. */
void mail_take_answer(const struct wire_answer *answer, int64_t deferrals, const char *message_id,
                      struct arena *arena, struct effect_move *ret_move);

#endif
