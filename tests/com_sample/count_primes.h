/* The work itself, which knows nothing of COM. The client does some of it, too. */
#ifndef COUNT_PRIMES_H
#define COUNT_PRIMES_H

static inline int is_prime(unsigned long number)
{
  if (number < 4)
    return number > 1;
  if (number % 2 == 0)
    return 0;
  for (unsigned long divisor = 3; divisor <= number / divisor; divisor += 2)
    if (number % divisor == 0)
      return 0;
  return 1;
}

static inline unsigned long count_primes(unsigned long from, unsigned long below)
{
  unsigned long primes = 0;

  for (unsigned long number = from; number < below; number++)
    primes += is_prime(number);
  return primes;
}

#endif
