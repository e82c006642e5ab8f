// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {DataNets} from "../src/DataNets.sol";
import {Licences} from "../src/Licences.sol";
import {Terms} from "../src/Terms.sol";
import {nobody} from "./Fixtures.sol";

/// @dev An owner of a net that tries to be paid twice by calling back while it is being paid.
contract ReentrantOwner {
    Licences private immutable licences;
    uint256 public tries;
    bytes public answer;

    constructor(Licences licences_) {
        licences = licences_;
    }

    function createNet(DataNets nets, bytes32 metadata, Terms calldata terms) external returns (uint64) {
        return nets.createNet(metadata, terms, nobody());
    }

    function withdraw() external returns (uint256) {
        return licences.withdraw(payable(address(this)));
    }

    receive() external payable {
        ++tries;
        (bool done, bytes memory why) =
            address(licences).call(abi.encodeCall(Licences.withdraw, (payable(address(this)))));
        require(!done, "paid twice");
        answer = why;
    }
}

/// @dev An owner of a net that cannot receive coin.
contract RevertingOwner {
    error NoCoinHere();

    function createNet(DataNets nets, bytes32 metadata, Terms calldata terms) external returns (uint64) {
        return nets.createNet(metadata, terms, nobody());
    }

    function withdrawTo(Licences licences, address payable to) external returns (uint256) {
        return licences.withdraw(to);
    }

    receive() external payable {
        revert NoCoinHere();
    }
}
