/* What an SMTP server's answer means for a mail. */
#ifndef BILLMILL_JOBS_MAIL_ANSWER_H
#define BILLMILL_JOBS_MAIL_ANSWER_H

#include "core/engine/effect_kind.h"

/* What became of a mail before: what it comes to now is counted in, if it is of that kind. */
struct mail_tries {
    int64_t deferrals;  /* how often it was put off … */
    int64_t deferred_s; /* … and since when */
    int64_t broken;     /* how often the connection broke in the middle of it */
};

/* Taken: done. What is refused for good because of the mail, its recipient's address or mailbox, or
 * its size or content: failed. Put off (4xx), or refused, once the recipient was named, by the
 * network, a policy (RFC 3463: x.4, x.7) or without a reason: again, after pauses that grow to an
 * hour, for five days, and five times at least (RFC 5321, 4.5.4.1); several recipients who are
 * refused so are the server's trouble, one is not. Broken off in its middle ten times: held.
 * No mail's fault: nobody there, a connection that broke before the last byte, 421, a login that is
 * refused, what is said before a recipient was named, and what speaks of the server or of a sender
 * that may not send (x.3, 5.1.7, 5.1.8), whenever it is said. Again, at the engine's pace, however
 * long that takes. Gone behind the last byte: lost. */
void mail_take_answer(const struct wire_answer *answer, const struct mail_tries *tries,
                      const char *message_id, struct arena *arena, struct effect_move *ret_move);

#endif
