// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Terms} from "../src/Terms.sol";

/// @dev A free net that anybody may train on.
function openTerms() pure returns (Terms memory) {
    return Terms({
        train: true,
        serve: true,
        commercial: true,
        derivatives: true,
        shareAlike: false,
        nameIt: true,
        passOn: true,
        price: 0,
        durationDays: 0,
        revenuePpm: 50_000
    });
}

/// @dev A net whose licence costs 5 OPEN for 30 days.
function pricedTerms() pure returns (Terms memory) {
    return Terms({
        train: true,
        serve: true,
        commercial: true,
        derivatives: false,
        shareAlike: false,
        nameIt: true,
        passOn: false,
        price: 5 ether,
        durationDays: 30,
        revenuePpm: 100_000
    });
}

/// @dev A net that only those train on whom its owner chooses.
function closedTerms() pure returns (Terms memory terms) {
    terms.serve = true;
}

function nobody() pure returns (address[] memory) {
    return new address[](0);
}
