/* base/sanitized.h - is this a build with AddressSanitizer?  It reserves terabytes, has a shadow for
 * each byte, and calls what nobody else does. */
#ifndef RCRUN_BASE_SANITIZED_H
#define RCRUN_BASE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
