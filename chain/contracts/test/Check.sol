// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The few of forge's cheat codes that these tests use.
interface Vm {
    function assume(bool condition) external pure;
    function deal(address account, uint256 balance) external;
    function expectEmit() external;
    function expectRevert(bytes calldata reason) external;
    function expectRevert() external;
    function parseJsonAddressArray(string calldata json, string calldata key)
        external
        pure
        returns (address[] memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonBytes32Array(string calldata json, string calldata key)
        external
        pure
        returns (bytes32[] memory);
    function parseJsonUintArray(string calldata json, string calldata key)
        external
        pure
        returns (uint256[] memory);
    function prank(address sender) external;
    function readFile(string calldata path) external view returns (string memory);
    function startPrank(address sender) external;
    function stopPrank() external;
    function toString(uint256 value) external pure returns (string memory);
    function warp(uint256 time) external;
}

/// @notice What every test starts from: the cheat codes, comparisons that name both sides, actors.
abstract contract Check {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address internal constant OWNER = address(0xA11CE);
    address internal constant BUYER = address(0xB0B);
    address internal constant OTHER = address(0xCA401);

    error Different(string what, uint256 got, uint256 want);
    error DifferentWord(string what, bytes32 got, bytes32 want);
    error DifferentAccount(string what, address got, address want);
    error Untrue(string what);

    function eq(uint256 got, uint256 want, string memory what) internal pure {
        require(got == want, Different(what, got, want));
    }

    function eq(bytes32 got, bytes32 want, string memory what) internal pure {
        require(got == want, DifferentWord(what, got, want));
    }

    function eq(address got, address want, string memory what) internal pure {
        require(got == want, DifferentAccount(what, got, want));
    }

    function yes(bool condition, string memory what) internal pure {
        require(condition, Untrue(what));
    }

    /// @dev x taken into min..max, both included.
    function within(uint256 x, uint256 min, uint256 max) internal pure returns (uint256) {
        return min + x % (max - min + 1);
    }
}
