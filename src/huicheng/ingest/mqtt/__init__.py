"""What devices say by MQTT 5, through any broker (W1.1). See docs/how-to/connect-devices.md."""
