// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {DataNets, Net, Version} from "./DataNets.sol";
import {Terms, isOpen} from "./Terms.sol";

/// @title Licences
/// @notice Sale and record of licences. A licence is a net under the terms it was bought on, until a
/// date, and covers every version of the net published before it ends. It belongs to an account and
/// cannot be passed on.
/// @dev No administrator, no upgrade. Money that was paid for a licence belongs to the net's owner, who
/// draws it; nothing is ever sent to anybody who did not ask. State changes come before the one
/// outgoing transfer, and the only other contract called is the immutable `nets`. Licences last for
/// days, so the seconds by which a block's time may be off do not matter.
contract Licences {
    /// @notice A licence was bought.
    /// @param account Who bought it and holds it.
    /// @param netId The net.
    /// @param termsDigest Digest of the terms it was bought on.
    /// @param seller The net's owner, to whom the price is credited.
    /// @param price What was paid, in wei.
    /// @param until When the account's licence for the net now ends, in seconds since 1970.
    event LicenceBought(
        address indexed account,
        uint64 indexed netId,
        bytes32 indexed termsDigest,
        address seller,
        uint256 price,
        uint64 until
    );

    /// @notice The net's owner gave a licence away.
    /// @param account Who holds it.
    /// @param netId The net.
    /// @param termsDigest Digest of the terms it was given on.
    /// @param until When the account's licence for the net now ends, in seconds since 1970.
    event LicenceGranted(
        address indexed account, uint64 indexed netId, bytes32 indexed termsDigest, uint64 until
    );

    /// @notice An owner drew what licences brought in.
    /// @param owner Whose money it was.
    /// @param to Where it was sent.
    /// @param amount How much, in wei.
    event Withdrawn(address indexed owner, address indexed to, uint256 amount);

    /// @notice The terms in force are not those the buyer agreed to.
    error TermsChanged(uint64 netId, bytes32 agreed, bytes32 inForce);
    /// @notice No licence is sold: the net is free to use, or its owner chooses who may use it.
    error NotForSale(uint64 netId);
    /// @notice The value sent is not the price.
    error WrongValue(uint256 sent, uint256 price);
    /// @notice Only the net's owner may do this.
    error NotOwner(uint64 netId, address caller);
    /// @notice The account's licence lasts as long already, or the date has passed.
    error NotLonger(uint64 until, uint64 asked);
    /// @notice Nothing was brought in since the last withdrawal.
    error NothingToWithdraw(address owner);

    /// @notice The nets that licences are for.
    DataNets public immutable nets;

    /// @notice When an account's licence for a net ends, in seconds since 1970; 0 when it never had one.
    /// @dev A date in the past means that the licence has ended.
    mapping(address account => mapping(uint64 netId => uint64)) public validUntil;

    /// @notice When an account's licence for a net on given terms ends, in seconds since 1970. An account
    /// that renews after a change of terms holds both until the earlier one ends.
    mapping(address account => mapping(uint64 netId => mapping(bytes32 termsDigest => uint64))) public
        validUntilOn;

    /// @notice What an owner can draw, in wei.
    mapping(address owner => uint256) public claimable;

    /// @notice Binds the contract to the nets it sells licences for.
    /// @param nets_ The nets.
    constructor(DataNets nets_) {
        nets = nets_;
    }

    /// @notice Buys a licence at the price in force, or makes the caller's licence longer by one period.
    /// @param netId The net.
    /// @param termsDigest Digest of the terms the buyer has read; the purchase fails when others are in
    /// force by now.
    /// @return until When the caller's licence for the net now ends, in seconds since 1970.
    function buy(uint64 netId, bytes32 termsDigest) external payable returns (uint64 until) {
        (address owner, bytes32 inForce, Terms memory terms) = nets.offer(netId);
        require(termsDigest == inForce, TermsChanged(netId, termsDigest, inForce));
        require(terms.price != 0, NotForSale(netId));
        require(msg.value == terms.price, WrongValue(msg.value, terms.price));

        uint64 from = validUntil[msg.sender][netId];
        // forge-lint: disable-next-line(block-timestamp)
        if (from < block.timestamp) from = uint64(block.timestamp);
        until = from + uint64(terms.durationDays) * 1 days;
        validUntil[msg.sender][netId] = until;
        validUntilOn[msg.sender][netId][inForce] = until;
        claimable[owner] += msg.value;
        emit LicenceBought(msg.sender, netId, inForce, owner, msg.value, until);
    }

    /// @notice Gives an account a licence on the terms in force: the way into a net that nobody may train
    /// on otherwise, and the way to let a contributor in for nothing. Never shortens one.
    /// @param netId The net; the caller owns it.
    /// @param account Who gets it.
    /// @param until When it ends, in seconds since 1970: in the future and later than what the account has.
    function grant(uint64 netId, address account, uint64 until) external {
        (address owner, bytes32 inForce,) = nets.offer(netId);
        require(msg.sender == owner, NotOwner(netId, msg.sender));
        uint64 held = validUntil[account][netId];
        // forge-lint: disable-next-line(block-timestamp)
        require(until > held && until > block.timestamp, NotLonger(held, until));
        validUntil[account][netId] = until;
        validUntilOn[account][netId][inForce] = until;
        emit LicenceGranted(account, netId, inForce, until);
    }

    /// @notice Draws everything that the caller's nets have brought in.
    /// @param to Where to send it, so that an owner that cannot receive coin is not stuck.
    /// @return amount How much was sent, in wei.
    function withdraw(address payable to) external returns (uint256 amount) {
        amount = claimable[msg.sender];
        require(amount != 0, NothingToWithdraw(msg.sender));
        claimable[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        Address.sendValue(to, amount);
    }

    /// @notice Whether an account may train on a version now: it owns the net, the version was published
    /// on open terms, or the account holds a licence for the net that has not ended. A licence that has
    /// not ended covers every published version, for each was published before it ends.
    /// @param account Who wants to train.
    /// @param netId The net; an unknown one reverts.
    /// @param number The version's number; an unknown one reverts.
    /// @return True when it may.
    function covers(address account, uint64 netId, uint32 number) external view returns (bool) {
        Version memory version = nets.version(netId, number);
        // forge-lint: disable-next-line(block-timestamp)
        if (validUntil[account][netId] > block.timestamp) return true;
        if (isOpen(nets.termsOf(version.terms))) return true;
        Net memory net = nets.net(netId);
        return account == net.owner;
    }
}
