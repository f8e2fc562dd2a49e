/* letters: what is a letter, and its other case, in the C locale, in which all programs run: in ASCII as
 * ever, beyond it nothing is one. regcomp(3) and regexec(3) of musl ask for any character, and so bring
 * tables of all of Unicode, 13 KB, which in this locale say the same. SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <wctype.h>

/* So the linker calls what is to take the place of a function of musl (--wrap, see the Makefile). */
int __wrap_iswalpha(wint_t c);
int __wrap_iswpunct(wint_t c);
wint_t __wrap_towlower(wint_t c);
wint_t __wrap_towupper(wint_t c);

int
__wrap_iswalpha(wint_t c)
{
	return c < 0x80 && isalpha((int)c);
}

int
__wrap_iswpunct(wint_t c)
{
	return c < 0x80 && ispunct((int)c);
}

wint_t
__wrap_towlower(wint_t c)
{
	return c < 0x80 ? (wint_t)tolower((int)c) : c;
}

wint_t
__wrap_towupper(wint_t c)
{
	return c < 0x80 ? (wint_t)toupper((int)c) : c;
}
