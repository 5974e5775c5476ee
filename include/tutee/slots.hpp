/* tutee/slots.hpp: two slots of flash, of which one survives a power cut, and what a snapshot says of itself; part of tutee.hpp. */
#ifndef TUTEE_SLOTS_HPP
#define TUTEE_SLOTS_HPP

#ifndef TUTEE_HPP
#error "include tutee.hpp, which brings this file along"
#endif

namespace tutee {
inline namespace TUTEE_DETAIL_OUTCOMES {

/** What two slots hold, and what comes next: tutee_slots. */
struct slots {
    /** The newest payload that is whole, where it lies in its slot; empty when neither slot is whole. */
    span<const std::uint8_t> newest;
    /** The slot to write next, 0 or 1, and the number to seal its image with. */
    std::uint32_t next;
    std::uint32_t sequence;
};
/** Bytes of a slot before its payload. */
constexpr std::size_t slot_header = TUTEE_SLOT_HEADER;
/** Looks at two slots, pages of flash or files, of which one survives a power cut: tutee_slots_inspect. */
inline outcome<slots> inspect(span<const std::uint8_t> first, span<const std::uint8_t> second) {
    return detail::filled(slots{}, [&](auto &out) {
        tutee_slots found{};
        const tutee_status status = tutee_slots_inspect(first.data(), first.size(), second.data(), second.size(), &found);
        if (status != TUTEE_OK) return status;
        const span<const std::uint8_t> newest = found.newest == 0 ? first : second;
        if (found.newest >= 0) out.newest = {newest.data() + slot_header, found.payload_bytes};
        out.next = found.next;
        out.sequence = found.sequence;
        return status;
    });
}
/** Makes `image`, whose payload stands from slot_header on, what is to be written to slot `next`: tutee_slot_seal. */
inline outcome<void> seal(span<std::uint8_t> image, std::uint32_t sequence) {
    return detail::done(tutee_slot_seal(image.data(), image.size(), sequence),
                        {detail::at_least("image", image, slot_header)});
}

/** What a snapshot says of itself: tutee_snapshot_inspect. */
inline outcome<snapshot_info> inspect(span<const std::uint8_t> bytes) {
    return detail::filled(snapshot_info{},
                          [&](auto &out) { return tutee_snapshot_inspect(bytes.data(), bytes.size(), &out); });
}

} // inline namespace
} // namespace tutee

#endif // TUTEE_SLOTS_HPP
