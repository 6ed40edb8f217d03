/* What can be said about a character before any font is asked: scripts that need a shaper or run
 * from right to left cannot be drawn right by libharu, whatever the font. */
#ifndef BILLMILL_OUTSIDE_PDF_CHARACTER_H
#define BILLMILL_OUTSIDE_PDF_CHARACTER_H

#include "core/base/compiler.h"

enum pdf_character {
    PDF_CHARACTER_SHOWN,     /* if a font has it */
    PDF_CHARACTER_SPACE,     /* any white space */
    PDF_CHARACTER_INVISIBLE, /* soft hyphen, zero-width space: nothing to show */
    PDF_CHARACTER_CONTROL,   /* control and direction characters, unassigned ones */
    PDF_CHARACTER_COMBINING, /* a mark that has no composed form with its letter */
    PDF_CHARACTER_RIGHT_TO_LEFT,
    PDF_CHARACTER_SHAPED /* scripts whose letters change shape or order */
};

enum pdf_character pdf_character_kind(uint32_t code_point);

#endif
