/* What an SMTP server's answer means for a mail. */
#ifndef BILLMILL_JOBS_MAIL_ANSWER_H
#define BILLMILL_JOBS_MAIL_ANSWER_H

#include "core/engine/effect_kind.h"

/* Taken: done. Refused for good (5xx): failed. Not now (4xx): again, after pauses that grow to an
 * hour, for about five days. Nobody there, 421, a login that is refused, or what is said
 * before a recipient was named (but 552, too large), which is no mail's fault: again, at the
 * engine's pace. Gone behind the last byte: lost. `attempts` includes this
 * one.
 */
void mail_take_answer(const struct wire_answer *answer, int64_t attempts, const char *message_id,
                      struct arena *arena, struct effect_move *ret_move);

#endif
