/* What people decided, in a chain of hashes: redo, waive, retry, adopting a changed definition. A
 * row that is altered or taken out breaks the chain. */
#ifndef BILLMILL_ENGINE_AUDIT_H
#define BILLMILL_ENGINE_AUDIT_H

#include "core/engine/engine.h"

/* Inside the open transaction. hash = SHA-256(previous hash, sequence, at, actor, action, object,
 * reason). */
MUST_CHECK bool audit_add(const struct engine *engine, const char *action, const char *object,
                          const char *reason, struct error *err);

#endif
