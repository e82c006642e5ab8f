// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The terms under which a data net's rows may be used: a closed list, one storage slot.
/// @dev The field order is part of the digest: see `termsDigest`.
struct Terms {
    /// May be used to train a model. When false nobody but the owner, or who was granted a licence, may train.
    bool train;
    /// A model trained on the rows may be served to others.
    bool serve;
    /// The use may be commercial.
    bool commercial;
    /// Works derived from the rows (other than models) may be made.
    bool derivatives;
    /// Derived works must carry the same terms.
    bool shareAlike;
    /// The net must be named where the model is shown.
    bool nameIt;
    /// The rows themselves may be passed on.
    bool passOn;
    /// Price of one licence period in wei of the chain's coin; 0 means that no licence is sold.
    uint128 price;
    /// Length of one licence period in days.
    uint32 durationDays;
    /// Share of a model's revenue owed to the net, in parts per million.
    uint32 revenuePpm;
}

/// @notice The revenue share is more than the whole.
/// @param revenuePpm The share asked for, in parts per million.
error RevenueAboveWhole(uint32 revenuePpm);

/// @notice A licence with a price needs a length, and a licence with a length needs a price.
error PriceWithoutPeriod();

/// @notice Terms that sell a licence must allow training: that is what is sold.
error PriceWithoutTraining();

/// @notice The digest that names terms on chain: keccak256 of the ABI encoding of the ten fields in order.
/// @param terms The terms.
/// @return The digest.
function termsDigest(Terms memory terms) pure returns (bytes32) {
    return keccak256(abi.encode(terms));
}

/// @notice Whether anybody may train under the terms without holding a licence.
/// @param terms The terms.
/// @return True when training is allowed and nothing is charged.
function isOpen(Terms memory terms) pure returns (bool) {
    return terms.train && terms.price == 0;
}

/// @notice Refuses terms that contradict themselves.
/// @param terms The terms.
function checkTerms(Terms memory terms) pure {
    require(terms.revenuePpm <= 1_000_000, RevenueAboveWhole(terms.revenuePpm));
    require((terms.price == 0) == (terms.durationDays == 0), PriceWithoutPeriod());
    require(terms.price == 0 || terms.train, PriceWithoutTraining());
}
