// Randomness as Rust's standard library asks for it. Windows has had this library since version 10; Wine 8 has not.
#include <windows.h>
#include <ntsecapi.h>

#define PIECE_MAX 0x1000000

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    while (length > 0) {
        ULONG piece = length < PIECE_MAX ? (ULONG)length : PIECE_MAX;
        if (!RtlGenRandom(data, piece)) {
            return FALSE;
        }
        data += piece;
        length -= piece;
    }
    return TRUE;
}
