/* Prints how many int8 multiply-adds one core of this machine does in a second at most, and by which
   instruction, as two fields with a tab between them: the widest one that the compiler may use here
   (-march=native), with all operands in registers and nothing else to do. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512VNNI__)
#include <immintrin.h>
#define INSTRUCTION "AVX512-VNNI vpdpbusd, 64 multiply-adds each"
#define MULTIPLY_ADDS 64
typedef __m512i vector;
static inline vector dot(vector sum, vector a, vector b) { return _mm512_dpbusd_epi32(sum, a, b); }
#elif defined(__AVXVNNI__)
#include <immintrin.h>
#define INSTRUCTION "AVX-VNNI vpdpbusd, 32 multiply-adds each"
#define MULTIPLY_ADDS 32
typedef __m256i vector;
static inline vector dot(vector sum, vector a, vector b) {
  return _mm256_dpbusd_avx_epi32(sum, a, b);
}
#elif defined(__AVX2__)
#include <immintrin.h>
#define INSTRUCTION "AVX2 vpmaddubsw, vpmaddwd and vpaddd, 32 multiply-adds in three"
#define MULTIPLY_ADDS 32
typedef __m256i vector;
static inline vector dot(vector sum, vector a, vector b) {
  __asm__ volatile("" : "+x"(b)); /* or the compiler takes the products out of the loop */
  return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), a));
}
#elif defined(__ARM_FEATURE_MATMUL_INT8)
#include <arm_neon.h>
#define INSTRUCTION "Arm i8mm smmla, 32 multiply-adds each"
#define MULTIPLY_ADDS 32
typedef int32x4_t vector;
static inline vector dot(vector sum, vector a, vector b) {
  return vmmlaq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b));
}
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
#define INSTRUCTION "Arm dotprod sdot, 16 multiply-adds each"
#define MULTIPLY_ADDS 16
typedef int32x4_t vector;
static inline vector dot(vector sum, vector a, vector b) {
  return vdotq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b));
}
#else
#error "none of the instructions that this program knows"
#endif

/* Enough sums to hide an instruction's latency, few enough to stay in 16 registers. */
#define SUMS 12
#define TURNS 200000
#define ROUNDS 400

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

int main(int count, char **names) {
  vector sums[SUMS], a, b;
  memset(&a, count, sizeof a);
  memset(&b, names[0][0], sizeof b);
  memset(sums, 0, sizeof sums);
  double best = 1e9;
  for (int round = 0; round < ROUNDS; round++) {
    double began = now();
    for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
      for (int i = 0; i < SUMS; i++) sums[i] = dot(sums[i], a, b);
    }
    double took = now() - began;
    if (took < best) best = took;
  }
  unsigned char used = 0; /* without a use of the sums nothing would be computed */
  for (size_t i = 0; i < sizeof sums; i++) used ^= ((unsigned char *)sums)[i];
  fprintf(stderr, "%d\n", used);
  printf("%.6e\t%s\n", (double)MULTIPLY_ADDS * SUMS * TURNS / best, INSTRUCTION);
  return 0;
}
