// The component printed in the TossPay checkout guide, unchanged but for the indentation.
import { checkoutPayment } from '@apps-in-toss/web-framework';
import { useCallback, useState } from 'react';
export function PayButton({ amount }: { amount: number }) {
  const [status, setStatus] = useState<'idle' | 'pending' | 'success' | 'error'>('idle');
  const [message, setMessage] = useState('');
  const handlePay = useCallback(async () => {
    setStatus('pending');
    setMessage('');
    try {
      // Steps 1–3: Mint orderId and payToken on your server.
      const { payToken } = await fetch('/api/payment/create', {
        method: 'POST',
        body: JSON.stringify({ amount }),
        headers: { 'Content-Type': 'application/json' },
      }).then((res) => res.json());
      // Steps 4–6: Open TossPay checkout sheet and authenticate.
      const { success, reason } = await checkoutPayment({ params: { payToken } });
      if (!success) {
        setStatus('error');
        setMessage(reason ?? 'Payment authentication failed.');
        return;
      }
      // Steps 7–9: Execute and verify payment on your server.
      const result = await fetch('/api/payment/execute', {
        method: 'POST',
        body: JSON.stringify({ payToken }),
        headers: { 'Content-Type': 'application/json' },
      }).then((res) => res.json());
      if (!result.ok) {
        setStatus('error');
        setMessage('Payment processing failed. Please contact support.');
        return;
      }
      setStatus('success');
      setMessage('Payment complete.');
    } catch {
      setStatus('error');
      setMessage('A network error occurred. Please try again.');
    }
  }, [amount]);
  return (
    <div>
      <button type="button" onClick={handlePay} disabled={status === 'pending'}>
        {status === 'pending' ? 'Processing…' : `Pay ${amount.toLocaleString()}`}
      </button>
      {message && <p role="status">{message}</p>}
    </div>
  );
}
